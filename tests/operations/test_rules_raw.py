"""Rules of docs/s3-rules.md that no SDK lets a user break: by ``requests``, and hand-signed to the server."""

import base64
import hashlib
import zlib

import boto3
import pytest
import requests
from botocore.config import Config

from fakes3mp import FakeS3
from tests.wire.senders import SENDERS

DELETE = b"<Delete><Object><Key>key</Key></Object></Delete>"
CRC32 = base64.b64encode(zlib.crc32(DELETE).to_bytes(4, "big")).decode()
MD5 = base64.b64encode(hashlib.md5(DELETE).digest()).decode()
ALGORITHM = {"x-amz-sdk-checksum-algorithm": "CRC32"}
NO_VALUE = (
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
)
KMS_NEEDS_V4 = {
    "Code": "InvalidArgument",
    "Message": "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
    "ArgumentName": "Authorization",
    "ArgumentValue": "null",
}


@pytest.fixture(params=SENDERS)
def sender(request):
    fake = FakeS3(buckets=["bucket"])
    fake.put("bucket", "key", b"body")
    with SENDERS[request.param](fake) as sender:
        sender.fake = fake
        yield sender


@pytest.mark.parametrize("headers", [{"Content-MD5": MD5}, {"x-amz-checksum-crc32": CRC32}, {**ALGORITHM, "x-amz-checksum-crc32": CRC32}])  # fmt: skip
def test_deleting_many_with_a_digest(sender, headers):
    assert sender.send("POST", "/bucket?delete", headers, DELETE).status == 200
    assert sender.fake.buckets["bucket"].keys() == []


@pytest.mark.parametrize("headers", [{}, {"x-amz-content-sha256": hashlib.sha256(DELETE).hexdigest()}])
def test_deleting_many_needs_a_digest(sender, headers):
    """O380"""
    answer = sender.send("POST", "/bucket?delete", headers, DELETE)
    message = "Missing required header for this request: Content-MD5"
    assert (answer.status, answer.error) == (400, {"Code": "InvalidRequest", "Message": message})
    assert sender.fake.buckets["bucket"].keys() == ["key"]


VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
DOCUMENTS = [
    ("POST", "/bucket?delete", {"Content-MD5": MD5}, DELETE),
    ("PUT", "/bucket?versioning", {}, VERSIONING),
    ("PUT", "/bucket/key", {}, b"body"),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), DOCUMENTS)
def test_an_algorithm_needs_a_value(sender, method, path, headers, body):
    """O210, and S3's manual for documents."""
    answer = sender.send(method, path, {**ALGORITHM, **headers}, body)
    assert (answer.status, answer.error) == (400, {"Code": "InvalidRequest", "Message": NO_VALUE})
    assert sender.fake.buckets["bucket"].keys() == ["key"]


MISSING = {"Code": "MissingRequestBodyError", "Message": "Request Body is empty"}


@pytest.mark.parametrize("name", ["lifecycle", "notification", "publicAccessBlock", "requestPayment", "versioning", "ownershipControls", "accelerate"])  # fmt: skip
def test_documents_that_are_missing(sender, name):
    """O229"""
    answer = sender.send("PUT", f"/bucket?{name}")
    assert (answer.status, answer.error) == (400, MISSING)


@pytest.fixture
def public():
    """A public bucket, with an object in it under KMS and one that is not."""
    with FakeS3(buckets=["bucket"], bucket_defaults="legacy"):
        s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
        s3.put_object(Bucket="bucket", Key="key", Body=b"body", ACL="public-read")
        s3.put_object(Bucket="bucket", Key="kms", Body=b"body", ACL="public-read", ServerSideEncryption="aws:kms")
        yield s3


OVERRIDES = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")


@pytest.mark.parametrize("name", OVERRIDES)
def test_anonymous_callers_override_nothing(public, name):
    """O388"""
    url = "https://bucket.s3.amazonaws.com/key"
    assert requests.get(url).content == b"body"
    answer = requests.get(f"{url}?response-{name}=x")
    message = "Request specific response headers cannot be used for anonymous GET requests."
    assert (answer.status_code, message in answer.text) == (400, True)
    assert requests.head(f"{url}?response-{name}=x").status_code == 400
    params = {"Bucket": "bucket", "Key": "key", "ResponseContentType": "x"}
    assert requests.get(public.generate_presigned_url("get_object", params)).headers["Content-Type"] == "x"


def presigned(version, operation, key="kms"):
    s3 = boto3.client("s3", region_name="us-east-1", config=Config(signature_version=version))
    return s3.generate_presigned_url(operation, {"Bucket": "bucket", "Key": key})


@pytest.mark.parametrize("operation", ["get_object", "head_object", "put_object", "anonymous"])
def test_kms_needs_signature_version_4(public, operation):
    """O384"""
    method = {"head_object": "HEAD", "put_object": "PUT"}.get(operation, "GET")
    if operation == "put_object":
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        public.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": rules})
    anonymous = "https://bucket.s3.amazonaws.com/kms"
    url = anonymous if operation == "anonymous" else presigned("s3", operation)
    answer = requests.request(method, url)
    assert answer.status_code == 400
    if method != "HEAD":
        import xmltodict

        error = xmltodict.parse(answer.content)["Error"]
        assert {name: error[name] for name in KMS_NEEDS_V4} == KMS_NEEDS_V4
    if operation != "anonymous":
        assert requests.request(method, presigned("s3v4", operation)).status_code == 200
        other = "new" if operation == "put_object" else "key"
        if operation != "put_object":
            assert requests.request(method, presigned("s3", operation, other)).status_code == 200


def test_sigv2_in_headers_needs_version_4_under_kms(public):
    """O384: a client that still signs with version 2."""
    s3 = boto3.client("s3", config=Config(signature_version="s3"))
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"body"
    with pytest.raises(s3.exceptions.ClientError, match="require AWS Signature Version 4"):
        s3.get_object(Bucket="bucket", Key="kms")
    with pytest.raises(s3.exceptions.ClientError, match="require AWS Signature Version 4"):
        s3.put_object(Bucket="bucket", Key="new", ServerSideEncryption="aws:kms")


def test_anonymous_callers_neither_copy_nor_begin_uploads():
    """O322, in a bucket that everybody may write to."""
    with FakeS3(buckets=["bucket"], bucket_defaults="legacy") as fake:
        fake.put("bucket", "key", b"body")
        fake.client().put_bucket_acl(Bucket="bucket", ACL="public-read-write")
        url = "https://bucket.s3.amazonaws.com/new"
        assert requests.put(url, b"").status_code == 200
        upload = requests.post(f"{url}?uploads")
        copy = requests.put(url, headers={"x-amz-copy-source": "bucket/key"})
        for answer, action in ((upload, "initiate multipart uploads"), (copy, "copy objects")):
            assert answer.status_code == 403
            assert f"Anonymous users cannot {action}.  Please authenticate." in answer.text
