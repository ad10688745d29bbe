"""Forms posted by browsers (presigned POST): O128, O159-O179, through ``requests`` and boto3's own presigner."""

import base64
import json
import xml.etree.ElementTree as ET

import boto3
import pytest
import requests
from botocore.config import Config

from fakes3mp import FakeS3

CRC = "M3eFcAZSQlc="  # CRC64NVME of b"hello"


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        fake.clock.freeze(fake.clock.now())
        yield fake


def form(fields=None, conditions=(), key="k", version="s3v4", style="virtual", **client):
    """A form as boto3 signs it; every field gets the condition it needs."""
    s3 = boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": style}), **client)
    fields = fields or {}
    conditions = [*({name: value} for name, value in fields.items()), *conditions]
    return s3.generate_presigned_post("media", key, Fields=fields, Conditions=conditions, ExpiresIn=60)


def post(form, body=b"hello", filename="file.txt", **changes):
    fields = {name: value for name, value in {**form["fields"], **changes}.items() if value is not None}
    return requests.post(form["url"], data=fields, files={"file": (filename, body)}, allow_redirects=False)


def error(response):
    return {child.tag: child.text or "" for child in ET.fromstring(response.content)}


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("style", ["virtual", "path"])
def test_success(fake, version, style):
    """O159"""
    answer = post(form(version=version, style=style))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert (answer.headers["x-amz-checksum-crc64nvme"], answer.headers["x-amz-checksum-type"]) == (CRC, "FULL_OBJECT")
    assert fake.object("media", "k").body == b"hello"
    fake.assert_called("PutObject", Key="k", times=1)


def test_created(fake):
    """O160"""
    answer = post(form({"success_action_status": "201"}, key="a b/é"))
    assert answer.status_code == 201
    etag = fake.object("media", "a b/é").etag
    location = "https://media.s3.amazonaws.com/a%20b/%C3%A9"
    assert error(answer) == {"Location": location, "Bucket": "media", "Key": "a b/é", "ETag": etag}
    assert (answer.headers["ETag"], answer.headers["Location"]) == (etag, location)


@pytest.mark.parametrize(
    ("url", "status", "location"),
    [
        ("http://localhost.test/done", 303, "http://localhost.test/done?bucket=media&key=k&etag=%22"),
        ("http://localhost.test/done?a=b", 303, "http://localhost.test/done?a=b&bucket=media&key=k&etag=%22"),
        ("/relative", 204, "https://media.s3.amazonaws.com/k"),
    ],
)
def test_redirect(fake, url, status, location):
    """O161"""
    answer = post(form({"success_action_redirect": url}))
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["Location"].startswith(location)


def test_filenames(fake):
    """O162, O163"""
    signed_form = form(key="in/${filename}")
    post(signed_form, filename="cat.jpg")
    requests.post(signed_form["url"], data={**signed_form["fields"], "file": "plain"}, files={"": ("", b"")})
    values = [(None, value) for value in signed_form["fields"].values()]
    plain = dict(zip(signed_form["fields"], values, strict=True))
    assert requests.post(signed_form["url"], files={**plain, "file": (None, b"plain")}).status_code == 204
    assert {key: fake.object("media", key).body for key in fake.buckets["media"]} == {
        "in/cat.jpg": b"hello",
        "in/${filename}": b"plain",
    }


def test_field_names_are_case_insensitive(fake):
    """O164"""
    signed_form = form()
    swapped = {name.swapcase(): value for name, value in signed_form["fields"].items()}
    assert requests.post(signed_form["url"], data=swapped, files={"FILE": ("f", b"hello")}).status_code == 204


def test_fields_that_are_stored(fake):
    """O178, O128"""
    fields = {
        "Content-Type": "text/x",
        "Cache-Control": "no-store",
        "x-amz-meta-a": "ü",
        "x-amz-storage-class": "STANDARD_IA",
    }
    assert post(form(fields)).status_code == 204
    stored = fake.object("media", "k")
    assert (stored.content_type, stored.storage_class, stored.metadata) == ("text/x", "STANDARD_IA", {"a": "ü"})
    answer = post(form({"x-amz-storage-class": "CELLAR"}))
    assert (answer.status_code, error(answer)["Code"], error(answer)["StorageClassRequested"]) == (
        400,
        "InvalidStorageClass",
        "CELLAR",
    )


TAGS = "<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>"


@pytest.mark.parametrize(
    ("document", "status", "tags"), [(TAGS, 204, {"a": "b c"}), ("<Other/>", 204, {}), ("no XML", 400, None)]
)
def test_tags(fake, document, status, tags):
    """O177"""
    answer = post(form({"tagging": document}))
    assert answer.status_code == status
    if tags is None:
        assert error(answer)["Code"] == "MalformedXML"
        assert fake.buckets["media"].keys() == []
    else:
        assert fake.object("media", "k").tags == tags


def test_temporary_credentials(fake):
    """O179"""
    fake.credentials.add("TEMP", "secret", account_id=fake.account_id)
    signed_form = form(aws_access_key_id="TEMP", aws_secret_access_key="secret", aws_session_token="token")
    assert signed_form["fields"]["x-amz-security-token"] == "token"
    assert post(signed_form).status_code == 204


def test_the_event_is_a_post(fake):
    queue = {"Id": "q", "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:Post"]}
    fake.client().put_bucket_notification_configuration(
        Bucket="media", NotificationConfiguration={"QueueConfigurations": [queue]}
    )
    post(form())
    assert [record["eventName"] for record in fake.events] == ["ObjectCreated:Post"]


# Refusals


def test_other_enclosures(fake):
    """O165"""
    answer = requests.post(form()["url"], data={"key": "k"})
    assert (answer.status_code, error(answer)["Code"]) == (412, "PreconditionFailed")
    assert error(answer)["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"


def test_an_expired_policy(fake):
    """O166"""
    signed_form = form()
    fake.clock.advance(seconds=90)
    answer = post(signed_form)
    assert (answer.status_code, error(answer)["Code"]) == (403, "AccessDenied")
    assert error(answer)["Message"] == "Invalid according to Policy: Policy expired."


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_an_altered_policy(fake, version):
    """O167"""
    answer = post(form(version=version), policy="altered!")
    details = error(answer)
    assert (answer.status_code, details["Code"], details["StringToSign"]) == (403, "SignatureDoesNotMatch", "altered!")
    assert "SignatureProvided" in details
    assert "CanonicalRequest" not in details


MISSING = "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields."


@pytest.mark.parametrize(
    ("fact", "version", "absent", "expected"),
    [
        ("O168", "s3v4", ["x-amz-signature"], "X-Amz-Signature"),
        ("O168", "s3", ["signature"], "Signature"),
        ("O169", "s3", ["AWSAccessKeyId"], "AWSAccessKeyId"),
        ("O169", "s3v4", ["x-amz-algorithm"], "X-Amz-Algorithm"),
        ("O169", "s3v4", ["x-amz-algorithm", "x-amz-credential"], "X-Amz-Algorithm"),
    ],
)
def test_fields_that_are_missing(fake, fact, version, absent, expected):
    details = error(post(form(version=version), **dict.fromkeys(absent)))
    assert (details["Code"], details["Message"], details["ArgumentName"]) == (
        "InvalidArgument",
        MISSING.format(expected),
        expected,
    )
    assert details["ArgumentValue"] == ""


def test_no_signature_at_all(fake):
    """O170"""
    signed_form = form()
    unsigned_form = {
        "url": signed_form["url"],
        "fields": {name: signed_form["fields"][name] for name in ("key", "policy")},
    }
    answer = post(unsigned_form)
    assert (answer.status_code, error(answer)["Code"], error(answer)["Message"]) == (
        403,
        "AccessDenied",
        "Access Denied",
    )
    anonymous = {"url": signed_form["url"], "fields": {"key": "k"}}
    assert error(post(anonymous))["Code"] == "AccessDenied"


FAILED = "Invalid according to Policy: Policy Condition failed: "
LENGTH = ["content-length-range", 2, 4]


@pytest.mark.parametrize(
    ("fact", "conditions", "changes", "expected"),
    [
        (
            "O171",
            [{"success_action_redirect": "http://a"}],
            {"success_action_redirect": "http://b"},
            '["eq", "$success_action_redirect", "http://a"]',
        ),
        (
            "O171",
            [["starts-with", "$x-amz-meta-a", "in"]],
            {"x-amz-meta-a": "out"},
            '["starts-with", "$x-amz-meta-a", "in"]',
        ),
        ("O172", [["eq", "$Content-TYPE", "text/x"]], {"content-type": "text/x"}, None),
        ("O172", [["eq", "$content-type", "text/x"]], {"Content-Type": "text/X"}, '["eq", "$content-type", "text/x"]'),
        ("O172", [["starts-with", "$x-amz-meta-a", ""]], {"x-amz-meta-a": "anything"}, None),
        ("O173", [["eq", "acl", "private"]], {"acl": "private"}, '["eq", "acl", "private"]'),
        ("O175", [["content-length-range", 5, "5"]], {}, None),
        ("O175", [["content-length-range", "test", "10"]], {}, '["content-length-range", "test", "10"]'),
        ("manual", [["starts-with", "$key", "k"]], {}, None),
    ],
)
def test_conditions(fake, fact, conditions, changes, expected):
    answer = post(form(conditions=conditions), **changes)
    if expected is None:
        assert answer.status_code == 204
    else:
        assert (answer.status_code, error(answer)["Code"]) == (403, "AccessDenied")
        assert error(answer)["Message"] == FAILED + expected
        assert fake.buckets["media"].keys() == []


def test_a_condition_with_two_properties(fake):
    """O174"""
    details = error(post(form(conditions=[{"a": "b", "c": "d"}])))
    assert details["Code"] == "InvalidPolicyDocument"
    assert (
        details["Message"]
        == "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
    )


@pytest.mark.parametrize(
    ("size", "code", "message", "limit"),
    [
        (5, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {"MaxSizeAllowed": "4"}),
        (1, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {"MinSizeAllowed": "2"}),
    ],
)
def test_sizes(fake, size, code, message, limit):
    """O176"""
    answer = post(form(conditions=[LENGTH]), body=b"x" * size)
    details = error(answer)
    assert (answer.status_code, details["Code"], details["Message"], details["ProposedSize"]) == (
        400,
        code,
        message,
        str(size),
    )
    assert {name: details[name] for name in limit} == limit


def test_a_field_that_the_policy_does_not_know(fake):
    """S3's manual: every field needs a condition."""
    details = error(post(form(), **{"x-amz-meta-more": "x"}))
    assert details["Message"] == "Invalid according to Policy: Extra input fields: x-amz-meta-more"
    assert post(form(), **{"x-ignore-me": "x"}).status_code == 204


def test_policies_that_are_none(fake):
    """The secret is not known (that of a client of this process is, O271), so that the signature does not come first."""
    signed_form = form(aws_access_key_id="UNKNOWN", aws_secret_access_key="x")
    credential = signed_form["fields"]["x-amz-credential"].replace("UNKNOWN", "NEVERSEEN")
    for document in (
        b"no JSON",
        b"[]",
        json.dumps({"expiration": "soon", "conditions": []}).encode(),
        b'{"expiration": "2999-01-01T00:00:00Z"}',
    ):
        fields = {"policy": base64.b64encode(document).decode(), "x-amz-credential": credential}
        assert error(post(signed_form, **fields))["Code"] == "InvalidPolicyDocument"


def test_forms_that_are_none(fake):
    url = form()["url"]
    for body in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n", b"\xff" * 50):
        answer = requests.post(url, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 400
        assert error(answer)["Code"] in ("MalformedPOSTRequest", "InvalidArgument")
    no_key = requests.post(url, files={"file": ("f", b"x")})
    assert error(no_key)["ArgumentName"] == "key"
    assert fake.buckets["media"].keys() == []
