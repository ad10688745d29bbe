"""Responses as S3 writes them: the order of elements, the headers of every response, the bytes of headers."""

import re

import pytest
import requests

from fakes3mp import FakeS3
from fakes3mp.wire.messages import Request
from tests.wire.senders import AUTHORIZATION, SENDERS


@pytest.fixture(params=SENDERS)
def sender(request):
    fake = FakeS3(buckets=["bucket"], region="eu-west-1", open_uploads="ignore")
    for key in ("a", "dir/b"):
        fake.put("bucket", key, b"body")
        fake._service.perform("CreateMultipartUpload", {"Bucket": "bucket", "Key": key})
    with SENDERS[request.param](fake) as sender:
        sender.fake, sender.region = fake, "eu-west-1"
        yield sender


# path -> the elements in S3's order, those below the root
ORDERS = [
    ("/", ["Owner", "Buckets"]),
    ("/bucket?delimiter=/&encoding-type=url", ["Name", "Prefix", "Marker", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated", "Contents", "CommonPrefixes"]),
    ("/bucket?list-type=2&delimiter=/", ["Name", "Prefix", "KeyCount", "MaxKeys", "Delimiter", "IsTruncated", "Contents", "CommonPrefixes"]),
    ("/bucket?versions&delimiter=/", ["Name", "Prefix", "KeyMarker", "VersionIdMarker", "MaxKeys", "Delimiter", "IsTruncated", "Version", "CommonPrefixes"]),
    ("/bucket?uploads&delimiter=/&prefix=", ["Bucket", "KeyMarker", "UploadIdMarker", "NextKeyMarker", "NextUploadIdMarker", "Prefix", "Delimiter", "MaxUploads", "IsTruncated", "Upload", "CommonPrefixes"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "order"), ORDERS)
def test_order_of_elements(sender, path, order):
    """O260"""
    import xmltodict

    answer = sender.send("GET", path)
    document = xmltodict.parse(answer.body)
    (root,) = document.values()
    elements = [name for name in root if not name.startswith("@")]
    assert [name for name in elements if name in order] == order
    assert set(elements) - set(order) <= {"NextMarker", "RequestCharged", "Prefix"}


def test_versions_and_delete_markers_stand_among_each_other(sender):
    """O72, O260: by key, the newest first."""
    fake = sender.fake
    fake.create_bucket("versioned")
    perform = fake._service.perform
    perform("PutBucketVersioning", {"Bucket": "versioned", "VersioningConfiguration": {"Status": "Enabled"}})
    for key in ("é", "b", "a", "a", "z"):
        fake.put("versioned", key, b"")
        if key in "ab":
            perform("DeleteObject", {"Bucket": "versioned", "Key": key})
    fake.put("versioned", "b", b"")
    body = sender.send("GET", "/versioned?versions").body.decode()
    elements = re.findall("<(Version|DeleteMarker)>.*?<Key>(.*?)</Key>", body)
    version, marker = "Version", "DeleteMarker"
    assert elements == [
        *((marker, "a"), (version, "a"), (marker, "a"), (version, "a")),
        *((version, "b"), (marker, "b"), (version, "b"), (version, "z"), (version, "é")),
    ]
    versions = perform("ListObjectVersions", {"Bucket": "versioned"})["Versions"]
    assert re.findall("<Version>.*?<VersionId>(.*?)</VersionId>", body) == [entry["VersionId"] for entry in versions]


def test_regions_of_lists(sender):
    """O261"""
    for query in ("", "?list-type=2", "?versions", "?uploads"):
        assert sender.send("GET", f"/bucket{query}").headers["x-amz-bucket-region"] == "eu-west-1"


@pytest.mark.parametrize("path", ["/bucket", "/nowhere", "/bucket/missing", "/bucket/key?acl", "/bucket/a?acl&tagging"])
def test_heads(sender, path):
    """O261: refusals of HEAD, and HeadBucket."""
    answer = sender.send("HEAD", path)
    assert (answer.body, answer.headers["content-type"]) == (b"", "application/xml")
    response = sender.fake.handle(
        Request("HEAD", f"https://s3.eu-west-1.amazonaws.com{path}", {"authorization": AUTHORIZATION})
    )
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", rb'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'),
        (
            "eu-west-1",
            rb'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>',
        ),
    ],
)
def test_locations(region, expected):
    """O260"""
    fake = FakeS3(buckets=["bucket"], region=region)
    headers = {"authorization": AUTHORIZATION.replace("us-east-1", region)}
    answer = fake.handle(Request("GET", f"https://s3.{region}.amazonaws.com/bucket?location", headers))
    assert re.sub(rb"<\?.*?\?>\s*", b"", answer.body.read()) == expected
    with fake:
        location = fake.client().get_bucket_location(Bucket="bucket")["LocationConstraint"]
        assert location == (None if region == "us-east-1" else region)


SYSTEM_HEADERS = ["Cache-Control", "Content-Disposition", "Content-Language"]


@pytest.mark.parametrize("name", SYSTEM_HEADERS)
def test_bytes_of_headers(name):
    """O265: the UTF-8 bytes that were sent."""
    fake = FakeS3(buckets=["bucket"])
    with SENDERS["server"](fake) as sender:
        text = 'attachment; filename="é—日.txt"'
        assert sender.send("PUT", "/bucket/key", {name: text}, b"x").status == 200
        answer = sender.send("GET", "/bucket/key")
        assert answer.headers[name.lower()].encode("latin-1").decode("utf-8") == text


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("deflate, gzip", "deflate, gzip"),
        ("gzip,br", "gzip,br"),
        ("aws-chunked", None),
        ("aws-chunked,gzip", "gzip"),
        ("gzip, aws-chunked", "gzip"),
        ("deflate, gzip,aws-chunked", "deflate, gzip"),
    ],
)
def test_content_encodings(sender, sent, stored):
    """O265, F109"""
    headers, body = {"content-encoding": sent}, b"x"
    if "aws-chunked" in sent:
        headers |= {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-decoded-content-length": "1"}
        body = b"1\r\nx\r\n0\r\n\r\n"
    assert sender.send("PUT", "/bucket/key", headers, body).status == 200
    assert sender.send("HEAD", "/bucket/key").headers.get("content-encoding") == stored
    assert sender.fake.object("bucket", "key").body == b"x"


@pytest.mark.parametrize(
    ("sent", "stored", "returned"),
    [
        ("=?UTF-8?B?w4Q=?=", "Ä", "=?UTF-8?Q?=C3=84?="),
        ("=?utf-8?q?=c3=84?=", "Ä", "=?UTF-8?Q?=C3=84?="),
        ("=?UTF-8?B?YWJj?=", "=?UTF-8?B?YWJj?=", "=?UTF-8?B?YWJj?="),
    ],
)
def test_metadata_words(sender, sent, stored, returned):
    """O265, O26"""
    sender.send("PUT", "/bucket/key", {"x-amz-meta-a": sent}, b"x")
    assert sender.fake.object("bucket", "key").metadata == {"a": stored}
    assert sender.send("HEAD", "/bucket/key").headers["x-amz-meta-a"] == returned


# Preflights (O266): path, headers -> status, message or None, method and type of the resource
PREFLIGHTS = [
    ("/open/key", {}, 400, "Insufficient information. Origin request header needed.", None, None),
    ("/open/key", {"Access-Control-Request-Method": "GET"}, 400, "Insufficient information. Origin request header needed.", None, None),
    ("/open/key", {"Origin": "https://a"}, 403, "evalution of Origin", "OPTIONS", "OBJECT"),
    ("/open/key", {"Origin": "https://a", "Access-Control-Request-Method": "PUT"}, 403, "evalution of Origin", "PUT", "OBJECT"),
    ("/open/key", {"Origin": "https://a", "Access-Control-Request-Method": "get"}, 400, "Invalid Access-Control-Request-Method: get", None, None),
    ("/open/key", {"Origin": "https://a", "Access-Control-Request-Method": "GET"}, 200, None, None, None),
    ("/bucket/key", {"Origin": "https://a"}, 403, "CORSResponse: CORS is not enabled for this bucket.", "OPTIONS", "BUCKET"),
    ("/bucket", {"Origin": "https://a", "Access-Control-Request-Method": "GET"}, 403, "CORSResponse: CORS is not enabled for this bucket.", "GET", "BUCKET"),
    ("/nowhere/key", {"Origin": "https://a", "Access-Control-Request-Method": "GET"}, 403, "CORSResponse: Bucket not found", "GET", "BUCKET"),
    ("/", {"Origin": "https://a"}, 403, "CORSResponse: Bucket not found", "OPTIONS", "BUCKET"),
]  # fmt: skip
RULE = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a"], "AllowedHeaders": ["x-a"]}


@pytest.mark.parametrize(("path", "headers", "status", "message", "method", "resource"), PREFLIGHTS)
def test_preflights(sender, path, headers, status, message, method, resource):
    """O266, O309"""
    sender.fake._service.perform("CreateBucket", {"Bucket": "open"})
    sender.fake._service.perform("PutBucketCors", {"Bucket": "open", "CORSConfiguration": {"CORSRules": [RULE]}})
    answer = sender.send("OPTIONS", path, headers)
    assert answer.status == status
    if message is not None:
        error = answer.error
        assert message in error["Message"]
        assert (error.get("Method"), error.get("ResourceType")) == (method, resource)


@pytest.mark.parametrize(
    ("headers", "is_allowed"),
    [
        ({}, True),
        ({"Access-Control-Request-Method": "GET"}, True),
        ({"Access-Control-Request-Method": "PUT"}, False),
        ({"Access-Control-Request-Headers": "x-a"}, True),
        ({"Access-Control-Request-Headers": "x-b"}, False),
    ],
)
def test_actual_requests_that_look_like_preflights(sender, headers, is_allowed):
    """O266"""
    sender.fake._service.perform("PutBucketCors", {"Bucket": "bucket", "CORSConfiguration": {"CORSRules": [RULE]}})
    answer = sender.send("GET", "/bucket/a", {"Origin": "https://a", **headers})
    assert ("access-control-allow-origin" in answer.headers) is is_allowed
    assert answer.status == 200


def test_headers_through_a_session():
    """``requests`` reads what the server writes."""
    fake = FakeS3(buckets=["bucket"])
    fake.put("bucket", "key", b"body", Metadata={"a": "ü"})
    with SENDERS["server"](fake) as sender:
        url = sender._server.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
        assert requests.get(url).headers["x-amz-meta-a"] == "=?UTF-8?Q?=C3=BC?="
