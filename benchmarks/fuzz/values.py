"""Random values for any shape of botocore's model: most of them as S3 takes them, some as wild as text can be."""

import json
from datetime import datetime, timedelta, timezone

from tests.properties.test_refused import POLICY

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=timezone.utc)

TEXTS = ["", " ", "x", "a/b", "junk", "\n", "a\r\nX-Evil: b", "a\x00b", "\x7f", "é—\u2028", "\ud800", "\uffff", "😀", "*", "?", "%", "%zz", "%00", "+", "=", "&", "a=b&a=b", ":", "://", "http://[", "..", "../../x", "//", "-", "null", "true", "[]", "{}", "<a>", "]]>", "&amp;", "&x;", "a" * 1025, "{" * 3000, "[" * 3000, "aws:x", "${aws:username}", "${", "bytes=0-0", "bytes=-1", "bytes=0-0,2-3", "bytes=1-0", '"etag"', "W/\"x\"", "=?UTF-8?B?DQo=?=", "id=\"x\", uri=", "id=", "arn:aws:s3:::media", "arn:aws:s3:us-east-1:123456789012:accesspoint/my-ap", "media", "s3://media/k", "\u0661", "\u00b2", "AAAAAA==", "AAAA", "MD5", "0" * 64]  # fmt: skip
NUMBERS = ["0", "1", "2", "-1", "+1", "007", "1_0", "1.0", "1e3", "0x1", "NaN", "inf", " 1", "1 ", "10000", "10001", "1001", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 5000, "-" + "9" * 5000]  # fmt: skip
DATES = ["2026-03-01T00:00:00Z", "2026-03-01", "20260301T120030Z", "Sun, 01 Mar 2026 12:00:30 GMT", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+99:99", "Mon, 99 Foo 2026 99:99:99 GMT", "1772366430", "1e400", "-1e400", "nan", "99999999999999999999", "T", "::"]  # fmt: skip
WILD = [*TEXTS, *NUMBERS, *DATES]

KEYS = ["k", "k", "k", "open", "open", "archived", "tagged", "a/b c", "é", "x//y", "%2F", "none", "a" * 900, "."]
BUCKETS = ["media"] * 6 + ["plain", "locked", "empty", "none", "zonal--use1-az1--x-s3"]


class Values:
    """Random values of one block of inputs. ``ids`` are those of the base state: versions, uploads, ETags."""

    def __init__(self, random, ids):
        self.random, self.ids = random, ids

    def chance(self, probability):
        return self.random.random() < probability

    def wild_text(self):
        text = self.random.choice(WILD)
        return text + self.random.choice(WILD) if self.chance(0.1) else text

    def of(self, shape, name="", depth=0):
        """A value of a shape, as botocore's serialiser takes it."""
        return getattr(self, f"_{shape.type_name}")(shape, name, depth)

    def _structure(self, shape, name, depth):
        optional = 0.5 if depth else 0.12
        return {
            member: self.of(member_shape, member, depth + 1)
            for member, member_shape in shape.members.items()
            if self.chance(0.97 if member in shape.required_members else optional)
        }

    def _list(self, shape, name, depth):
        return [self.of(shape.member, name, depth + 1) for _ in range(self.random.choice([0, 1, 1, 1, 2, 3]))]

    def _map(self, shape, name, depth):
        names = ["a", "b-c", self.wild_text()] if self.chance(0.1) else ["a", "b"]
        return {
            self.random.choice(names): self._string(shape.value, "", depth) for _ in range(self.random.randrange(3))
        }

    def _blob(self, shape, name, depth):
        return self.random.choice([b"", b"x", b"body", b"body" * 100, b"\x00\xff" * 9000])

    def _boolean(self, shape, name, depth):
        return self.chance(0.5)

    def _integer(self, shape, name, depth):
        return self.random.choice([1, 1, 1, 2, 3, 30, 90, 0, -1, 1000, 10_000, 2**31 - 1, 2**63 - 1])

    _long = _double = _float = _integer

    def _timestamp(self, shape, name, depth):
        days = self.random.choice([-1, 0, 1, 30, 3650])
        return (NOW + timedelta(days=days)).replace(hour=self.random.choice([0, 0, 12]), minute=0, second=0)

    def _string(self, shape, name, depth):
        if self.chance(0.04):
            return self.wild_text()
        if getattr(shape, "enum", None):
            return self.random.choice(shape.enum)
        choices = self._by_name(name)
        return self.random.choice(choices) if choices else self.random.choice(["x", "a", "b=c", ""])

    def _by_name(self, name):
        ids = self.ids
        if name == "Policy":
            return [json.dumps(POLICY), self._policy()]
        return {
            "Bucket": BUCKETS,
            "Key": KEYS,
            "Prefix": ["", "a", "k", "x//"],
            "Delimiter": ["/", "a", ""],
            "VersionId": ["null", *ids.versions],
            "UploadId": ids.uploads,
            "ETag": [*ids.etags, "x", '"x"'],
            "IfMatch": ["*", *ids.etags],
            "IfNoneMatch": ["*", *ids.etags],
            "CopySource": [
                "media/k",
                "media/tagged",
                "plain/k",
                f"media/k?versionId={ids.versions[0]}",
                "none/k",
                "media",
            ],
            "CopySourceRange": ["bytes=0-1", "bytes=0-9", "bytes=5-1", "bytes=0-"],
            "Range": ["bytes=0-1", "bytes=-2", "bytes=2-", "bytes=99-"],
            "Tagging": ["a=1", "a=1&b=2", "a=1&a=2", ""],
            "ExpectedBucketOwner": ["123456789012", "210987654321"],
            "AccountId": ["123456789012"],
            "Name": ["my-ap", "other-ap"],
            "ContentMD5": ["1B2M2Y8AsgTpgAmyPhCfg=="],
            "ID": [f"{123456789012:064x}", "rule"],
            "URI": [
                "http://acs.amazonaws.com/groups/global/AllUsers",
                "http://acs.amazonaws.com/groups/s3/LogDelivery",
            ],
            "TopicArn": ["arn:aws:sns:us-east-1:123456789012:topic"],
            "QueueArn": ["arn:aws:sqs:us-east-1:123456789012:queue"],
            "LambdaFunctionArn": ["arn:aws:lambda:us-east-1:123456789012:function:f"],
        }.get(name)

    def _policy(self):
        """A policy that may hold: of elements, actions, conditions and principals that are each right somewhere."""
        choice = self.random.choice
        statement = {
            choice(["Principal", "Principal", "NotPrincipal"]): choice(
                ["*", {"AWS": "*"}, {"AWS": ["123456789012"]}, {"Service": "x"}]
            ),
            "Effect": choice(["Allow", "Deny"]),
            choice(["Action", "NotAction"]): choice(
                ["s3:*", "s3:GetObject", ["s3:PutObject", "s3:Get*"], "*", "s3:ListBucket"]
            ),
            choice(["Resource", "NotResource"]): choice(
                ["arn:aws:s3:::media/*", "arn:aws:s3:::media", ["arn:aws:s3:::media*"]]
            ),
        }
        if self.chance(0.6):
            operator = choice(["StringEquals", "StringLike", "NumericLessThan", "DateGreaterThan", "Bool", "IpAddress", "Null", "ForAllValues:StringNotLike", "StringEqualsIfExists", "ArnLike", "BinaryEquals"])  # fmt: skip
            key = choice(["aws:SourceIp", "s3:prefix", "s3:max-keys", "aws:CurrentTime", "aws:SecureTransport", "s3:x-amz-acl", "s3:ExistingObjectTag/a", "aws:PrincipalTag/x", "aws:userid"])  # fmt: skip
            statement["Condition"] = {
                operator: {key: choice([self.wild_text(), "10", "true", ["a", "b"], [], 5, True])}
            }
        return json.dumps({"Version": choice(["2012-10-17", "2008-10-17"]), "Statement": [statement]})
