"""The fast door is the faithful one: random calls through both, and everything a user can see of them is the same.

Both run the same steps on a fake with the same seed and a clock that stands still, one with ``wire="auto"``, one with
``wire="always"``; answers are compared with their ResponseMetadata, exceptions with their type, text and response, and the
recorded calls field by field.
"""

import io
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, closing, nullcontext
from datetime import datetime, timedelta, timezone
from functools import cache

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3, S3Error
from fakes3mp.operations.registry import registry
from fakes3mp.wire.model import operation_model

NOW = datetime(2026, 3, 1, 12, 0, 30, 123456, tzinfo=timezone.utc)
OPERATIONS = sorted(name for name in registry() if "." not in name)
RULE = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "d"}, "Expiration": {"Days": 3}}


# Values, by name where it matters and by shape where not

KEYS = st.sampled_from(["a", "dir/b", "dir/c ü", "odd+ &%41//x", "none"])
TEXTS = st.one_of(
    st.sampled_from(["", "x", "two words", "ü", "a,b", "=?UTF-8?Q?x?=", "a&<b>", " padded ", "tab\there"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=6),
)
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.just(NOW - timedelta(seconds=30)),
    st.sampled_from(["2026-02-01T00:00:00Z", "Sun, 01 Mar 2026 00:00:00 GMT", 1_770_000_000]),
)
BYTES = st.sampled_from([b"", b"x", b"hello world", b"abcde" * 7])
BODIES = st.tuples(st.sampled_from(["bytes", "bytearray", "BytesIO", "half-read", "file", "text", "unseekable"]), BYTES)
NAMED = {
    "Bucket": st.sampled_from(["media"] * 6 + ["versioned"] * 3 + ["missing"]),
    "Key": KEYS,
    "UploadId": st.sampled_from(["<upload>"] * 5 + ["<versioned upload>", "nonsense"]),
    "VersionId": st.sampled_from(["<version>", "null", "nonsense"]),
    "CopySource": st.sampled_from(
        ["media/a", "versioned/a?versionId=<version>", {"Bucket": "media", "Key": "dir/b"}, "none/x"]
    ),
    "PartNumber": st.integers(-1, 4),
    "Range": st.sampled_from(["bytes=0-2", "bytes=3-", "bytes=-2", "bytes=99-", "junk"]),
    "CopySourceRange": st.sampled_from(["bytes=0-2", "bytes=0-99", "junk"]),
    "IfMatch": st.sampled_from(["<etag>", "*", '"0"']),
    "IfNoneMatch": st.sampled_from(["<etag>", "*", '"0"']),
    "ETag": st.sampled_from(["<part etag>"] * 3 + ['"0"']),
    "Parts": st.lists(st.just({"PartNumber": 1, "ETag": "<part etag>"}), min_size=1, max_size=2),
    "ContinuationToken": st.sampled_from(["<token>", "nonsense"]),
    "Policy": st.sampled_from(
        ['{"Statement": []}', "{", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}']
    ),
    "Metadata": st.dictionaries(st.sampled_from(["a", "B-c", "x_y"]), TEXTS, max_size=2),
    "Tagging": st.sampled_from(["a=b", "a=b&a=c", "", {"TagSet": [{"Key": "k", "Value": "v ü"}]}]),
    "ContentMD5": st.sampled_from(["XrY7u+Ae7tCTyyK7j1rNww==", "1B2M2Y8AsgTpgAmY7PhCfg==", "nonsense"]),
    "ContentLength": st.integers(0, 12),
    "ExpectedBucketOwner": st.sampled_from(["123456789012"] * 3 + ["210987654321"]),
    "SSECustomerKey": st.sampled_from(["k" * 32, "short"]),
    "SSECustomerAlgorithm": st.just("AES256"),
    "MaxKeys": st.integers(-1, 3),
    "MaxUploads": st.integers(0, 2),
    "MaxParts": st.integers(0, 2),
    "Delimiter": st.sampled_from(["/", "i", ""]),
    "Prefix": st.sampled_from(["d", "dir/", "", "ü"]),
    "LifecycleConfiguration": st.sampled_from(
        [{"Rules": [RULE]}, {"Rules": []}, {"Rules": [{**RULE, "Status": "nonsense"}]}]
    ),
    "ObjectAttributes": st.lists(
        st.sampled_from(["ETag", "ObjectParts", "ObjectSize", "Checksum"]), min_size=1, max_size=3
    ),
    "ChecksumCRC32": st.sampled_from(["DUoRhQ==", "AAAAAA==", "nonsense"]),
}


def values(shape, name=""):
    """Values of a shape."""
    if name in NAMED and not (name == "Tagging" and shape.type_name == "structure"):
        return NAMED[name].filter(
            lambda value: shape.type_name != "string" or not isinstance(value, dict) or name == "CopySource"
        )
    if name == "Body":
        return BODIES
    kinds = {
        "structure": members,
        "list": lambda each: st.lists(values(each.member), max_size=2),
        "map": lambda each: st.dictionaries(TEXTS, TEXTS, max_size=2),
        "string": lambda each: st.sampled_from([*each.enum[:4], "nonsense"]) if each.enum else TEXTS,
        "timestamp": lambda each: MOMENTS,
        "boolean": lambda each: st.booleans(),
        "integer": lambda each: st.integers(-1, 40),
        "long": lambda each: st.integers(-1, 2**33),
    }
    return kinds.get(shape.type_name, lambda each: st.just(b"blob"))(shape)


def members(shape):
    """Structures with what they need, and some of what they may have."""
    needed = {name: values(shape.members[name], name) for name in shape.required_members}
    others = [name for name in shape.members if name not in needed]
    some = st.lists(st.sampled_from(others), max_size=3, unique=True) if others else st.just([])
    return some.flatmap(
        lambda names: st.fixed_dictionaries({**needed, **{name: values(shape.members[name], name) for name in names}})
    )


def calls(operation):
    """Calls of one operation, with any options."""
    shape = operation_model(operation).input_shape
    return st.tuples(st.just(operation), members(shape) if shape else st.just({}))


COMMON = (
    *("PutObject", "GetObject", "HeadObject", "DeleteObject", "DeleteObjects", "CopyObject", "ListObjectsV2"),
    *("CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPartCopy", "ListParts", "CompleteMultipartUpload"),
    *("ListMultipartUploads", "ListObjectVersions", "ListObjects", "PutBucketVersioning", "GetObjectAttributes"),
)


# Running them


class Unseekable(io.RawIOBase):
    def __init__(self, data):
        self._data = io.BytesIO(data)

    def read(self, amount=-1):
        return self._data.read(amount)

    def seekable(self):
        return False


def body_of(kind, data):
    """A body of one of the kinds that boto3 takes."""
    if kind == "file":
        made = tempfile.TemporaryFile()  # noqa: SIM115  # the client reads it, and it is gone with the last reference
        made.write(data)
        made.seek(0)
        return made
    if kind == "half-read":
        made = io.BytesIO(b"junk" + data)
        made.seek(4)
        return made
    plain = {"bytes": bytes, "bytearray": bytearray, "BytesIO": io.BytesIO, "unseekable": Unseekable}
    return data.decode() if kind == "text" else plain[kind](data)


UNIQUE = ("began", "duration", "invocation_id", "waited")  # other for every call; how long to wait is random


def seen(value):
    """A call's field as it can be compared."""
    return value.code if isinstance(value, S3Error) else dict(value) if isinstance(value, Mapping) else value


class Constant(dict):
    """A value that nobody changes."""

    def __hash__(self):
        return hash(repr(self))


@cache
def client_with(options):
    own = ("endpoint_url", "region_name")
    given = {name: value for name, value in options if name not in own}
    config = Config(retries={"mode": "legacy"}, **given)  # the other modes' quota would last from run to run
    keys = {"aws_access_key_id": "KEY", "aws_secret_access_key": "SECRET", "region_name": "us-east-1"}
    return boto3.client("s3", config=config, **{**keys, **{name: value for name, value in options if name in own}})


class Run:
    """One door's run: the same state to begin with, and what each step came to."""

    def __init__(self, wire, **config):
        self.fake = FakeS3(
            buckets=["media", "versioned"], min_part_size=1, seed=4, clock=lambda: NOW, wire=wire, open_uploads="ignore"
        )
        made = client_with if "region_name" not in config else client_with.__wrapped__  # it learns where buckets are
        self.client = made(tuple(config.items()))
        self.names = {method: name for name, method in self.client.meta.method_to_api_mapping.items()}
        self.known, self.opened = {}, ExitStack()

    def of(self, steps):
        """Outcomes and recorded calls of some steps."""
        with self.fake, self.opened:
            self._begin()
            outcomes = [self._outcome(operation, params) for operation, params in steps]
        recorded = [
            {name: seen(getattr(call, name)) for name in call.__struct_fields__ if name not in UNIQUE}
            for call in self.fake.calls
        ]
        return outcomes, recorded

    def _begin(self):
        put, client = self.fake.put, self.client
        client.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        for key in ("a", "dir/b", "dir/c ü"):
            self.known["<etag>"] = put("media", key, key.encode(), Metadata={"note": "ü"}).etag
        self.known["<version>"] = client.put_object(Bucket="versioned", Key="a", Body=b"v1")["VersionId"]
        self.known["<upload>"] = client.create_multipart_upload(Bucket="media", Key="a")["UploadId"]
        self.known["<versioned upload>"] = client.create_multipart_upload(Bucket="versioned", Key="a")["UploadId"]
        upload = {"Bucket": "media", "Key": "a", "UploadId": self.known["<upload>"]}
        self.known["<part etag>"] = client.upload_part(PartNumber=1, Body=b"one", **upload)["ETag"]
        self.known["<token>"] = client.list_objects_v2(Bucket="media", MaxKeys=1)["NextContinuationToken"]

    def _meant(self, value, name=""):
        """A value with what is known by now in the place of its name."""
        if name == "Body" and isinstance(value, tuple):
            body = body_of(*value)
            self.opened.enter_context(closing(body) if hasattr(body, "close") else nullcontext())
            return body
        if isinstance(value, dict):
            return {inner: self._meant(each, inner) for inner, each in value.items()}
        if isinstance(value, list):
            return [self._meant(each) for each in value]
        if isinstance(value, str):
            for known, real in self.known.items():
                value = value.replace(known, real)
        return value

    def _outcome(self, operation, params):
        try:
            answer = getattr(self.client, self.names[operation])(**self._meant(params))
        except ClientError as error:
            return type(error), str(error), error.operation_name, repr(error.response)
        except (BotoCoreError, ValueError, TypeError, OSError, AttributeError) as error:
            return type(error), str(error).partition("<")[0]
        if hasattr(answer.get("Body"), "read"):
            body = answer["Body"]
            answer["Body"] = type(body), body.read()
        return list(answer), repr(answer)


def both(steps, **config):
    """The two doors' runs, to be compared."""
    return Run("auto", **config).of(steps), Run("always", **config).of(steps)


def check(steps, **config):
    fast, faithful = both(steps, **config)
    for step, one, other in zip(steps, fast[0], faithful[0], strict=True):
        assert one == other, step
    for one, other in zip(fast[1], faithful[1], strict=True):
        assert one == other


def thorough(examples):
    return settings(deadline=None, max_examples=examples, suppress_health_check=list(HealthCheck))


CLIENTS = {
    "plain": {},
    "path style": {"s3": Constant({"addressing_style": "path"})},
    "fewer checksums": {
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    },
    "over http": {"endpoint_url": "http://localhost:9"},
    "elsewhere": {"region_name": "eu-west-1"},
}


@pytest.mark.parametrize("client", CLIENTS)
def test_sequences(client):
    @thorough(100)
    @given(st.lists(st.sampled_from(COMMON).flatmap(calls), min_size=1, max_size=8))
    def run(steps):
        check(steps, **CLIENTS[client])

    run()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation(operation):
    @thorough(20)
    @given(st.lists(calls(operation), min_size=1, max_size=3))
    def run(steps):
        check(steps)

    run()
