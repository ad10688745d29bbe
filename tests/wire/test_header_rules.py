"""Headers and framings that S3 refuses: by ``requests``, and hand-signed to the server; what boto3 can send, by boto3."""

import io
import os
import zlib
from base64 import b64encode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from tests.wire.senders import SENDERS

BODY = b"hello"
CRC = b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
CRC_HEADER = {"x-amz-checksum-crc32": CRC}
ALGORITHM = "x-amz-sdk-checksum-algorithm"
CONTENT_SHA256 = "x-amz-content-sha256"
UNSIGNED_TRAILER = {CONTENT_SHA256: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "5"}
TRAILER = {**UNSIGNED_TRAILER, "x-amz-trailer": "x-amz-checksum-crc32"}
CHUNKS = b"5\r\nhello\r\n0\r\n"
END = f"x-amz-checksum-crc32:{CRC}\r\n\r\n".encode()
NO_VALUE = (
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
)
OTHER_VALUE = "Value for x-amz-sdk-checksum-algorithm header is invalid."
BROKEN = "The request body terminated unexpectedly"
NO_ALGORITHM = "The algorithm type you specified in x-amz-checksum- header is invalid."
NO_SHA256 = (
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value."
)
NO_TRAILER = "The value of x-amz-content-sha256 header is invalid."


@pytest.fixture(params=SENDERS)
def sender(request):
    fake = FakeS3(buckets=["bucket"], open_uploads="ignore", seed=1)
    fake.put("bucket", "key", b"body")
    with SENDERS[request.param](fake) as sender:
        sender.fake = fake
        yield sender


# fact, headers, body -> code, status, message (None where it is the code's own)
UPLOADS = [
    ("O207", {**UNSIGNED_TRAILER, "x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": ""}, CHUNKS + END, ("MissingContentLength", 411, None)),
    ("O207", {**TRAILER, "x-amz-decoded-content-length": "five"}, CHUNKS + END, ("MissingContentLength", 411, None)),
    ("O209", TRAILER, CHUNKS + END[:-2], ("IncompleteBody", 400, BROKEN)),
    ("O209", TRAILER, CHUNKS + END + b"more", ("IncompleteBody", 400, BROKEN)),
    ("O209", TRAILER, CHUNKS[:-3] + END, ("IncompleteBody", 400, BROKEN)),
    ("O209", UNSIGNED_TRAILER, CHUNKS + b"\r\n", ("MalformedTrailerError", 400, None)),
    ("O209", TRAILER, CHUNKS + b"\r\n", ("MalformedTrailerError", 400, None)),
    ("O209", {**TRAILER, "x-amz-trailer": "x-amz-meta-a"}, CHUNKS + b"x-amz-meta-a:b\r\n\r\n", ("InvalidRequest", 400, "The value specified in the x-amz-trailer header is not supported")),
    ("O209", {**TRAILER, **CRC_HEADER}, CHUNKS + END, ("InvalidRequest", 400, "Expecting a single x-amz-checksum- header")),
    ("O209", {**TRAILER, "x-amz-decoded-content-length": "8194"}, b"1\r\na\r\n2001\r\n" + b"b" * 8193 + b"\r\n0\r\n" + END, ("InvalidChunkSizeError", 400, "Only the last chunk is allowed to have a size less than 8192 bytes")),
    ("O210", {ALGORITHM: "CRC32"}, BODY, ("InvalidRequest", 400, NO_VALUE)),
    ("O210", {ALGORITHM: "SHA256", **CRC_HEADER}, BODY, ("InvalidRequest", 400, OTHER_VALUE)),
    ("O210", {ALGORITHM: "FOO", **CRC_HEADER}, BODY, ("InvalidRequest", 400, OTHER_VALUE)),
    ("O210", {ALGORITHM: "SHA256", **TRAILER}, CHUNKS + END, ("InvalidRequest", 400, OTHER_VALUE)),
    ("O210", {ALGORITHM: "SHA256", **TRAILER}, b"broken", ("InvalidRequest", 400, OTHER_VALUE)),  # before the bytes
    ("O210", {"x-amz-checksum-foo": "AAAA"}, BODY, ("InvalidRequest", 400, NO_ALGORITHM)),
    ("O210", {"x-amz-checksum-foo": "AAAA", **CRC_HEADER}, BODY, ("InvalidRequest", 400, NO_ALGORITHM)),
    ("O216", {CONTENT_SHA256: "UNSIGNED"}, BODY, ("InvalidArgument", 400, NO_SHA256)),
    ("O216", {CONTENT_SHA256: "a" * 63}, BODY, ("InvalidArgument", 400, NO_SHA256)),
    ("O216", {CONTENT_SHA256: "STREAMING-PAYLOAD"}, BODY, ("InvalidArgument", 400, NO_SHA256)),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "headers", "body", "expected"), UPLOADS, ids=[f"{row[0]}-{number}" for number, row in enumerate(UPLOADS)])  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/bucket/key", "/bucket/key?partNumber=1&uploadId={upload_id}"], ids=["object", "part"]
)
def test_refused_uploads(sender, path, fact, headers, body, expected):
    upload_id = sender.fake._service.perform("CreateMultipartUpload", {"Bucket": "bucket", "Key": "key"})["UploadId"]
    answer = sender.send("PUT", path.format(upload_id=upload_id), headers, body)
    code, status, message = expected
    assert (answer.error["Code"], answer.status) == (code, status)
    if message is not None:
        assert answer.error["Message"] == message
    assert sender.fake.object("bucket", "key").body == b"body"
    assert sender.fake.uploads.one().parts == ()


ACCEPTED = [
    ({ALGORITHM: "CRC32", **CRC_HEADER}, BODY),
    ({ALGORITHM: "crc32", **CRC_HEADER}, BODY),
    ({ALGORITHM: "CRC32", **TRAILER}, CHUNKS + END),
    (TRAILER, CHUNKS + END),
    ({**UNSIGNED_TRAILER, CONTENT_SHA256: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, CHUNKS + b"\r\n"),
    ({"x-amz-checksum-type": "FULL_OBJECT", **CRC_HEADER}, BODY),
    ({"x-amz-checksum-algorithm": "SHA256"}, BODY),  # F97
]


@pytest.mark.parametrize(("headers", "body"), ACCEPTED, ids=range(len(ACCEPTED)))
def test_accepted_uploads(sender, headers, body):
    assert sender.send("PUT", "/bucket/key", headers, body).status == 200
    assert sender.fake.object("bucket", "key").body == BODY


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
def test_trailers_of_requests_without_an_object(sender, method):
    """O305"""
    answer = sender.send(method, "/bucket/key", {CONTENT_SHA256: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "0"}, b"0\r\n\r\n")  # fmt: skip
    assert answer.status == 400
    assert sender.fake.object("bucket", "key").body == b"body"


@pytest.mark.parametrize("length", ["", "-5", "five", "+5", "5.0", "\u0665"])
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/bucket/key"), ("POST", "/bucket?delete"), ("PUT", "/bucket?versioning")]
)
def test_lengths(sender, method, path, length):
    """O208"""
    answer = sender.send(method, path, {"Content-Length": length}, b"<a/>")
    assert (answer.error["Code"], answer.status) == ("BadRequest", 400)
    assert sender.fake.object("bucket", "key").body == b"body"


@pytest.mark.parametrize(("path", "status"), [("/bucket/key", 501), ("/bucket/key?partNumber=1&uploadId=x", 501), ("/bucket?versioning", 200)])  # fmt: skip
def test_bodies_of_unknown_length(sender, path, status):
    """O207: objects and parts need their length; a document does not."""
    document = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(document), document) if type(sender).__name__ == "ServerSender" else document
    sender_headers = {"Transfer-Encoding": "chunked"}
    answer = sender.send("PUT", path, sender_headers, body)
    assert answer.status == status
    if status == 501:
        message = "A header you provided implies functionality that is not implemented"
        assert answer.error == {"Code": "NotImplemented", "Message": message, "Header": "Transfer-Encoding"}
    assert sender.fake.object("bucket", "key").body == b"body"


@pytest.mark.parametrize("path", ["/bucket?delete", "/bucket/key?select&select-type=2"])
def test_documents_that_are_missing(sender, path):
    """O229"""
    answer = sender.send("POST", path)
    assert (
        answer.error == {"Code": "MissingRequestBodyError", "Message": "Request Body is empty"} or answer.status == 501
    )


@pytest.mark.parametrize(
    "name", ["cors", "encryption", "lifecycle", "object-lock", "policy", "tagging", "versioning", "notification"]
)
def test_configurations_that_are_missing(sender, name):
    """O229"""
    answer = sender.send("PUT", f"/bucket?{name}")
    assert answer.error == {"Code": "MissingRequestBodyError", "Message": "Request Body is empty"}
    assert answer.status == 400


# boto3: both interceptors


class Unseekable:
    """A body whose length nobody knows."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def read(self, amount=-1):
        return self._data.read(amount)


def pipe(data):
    """A BufferedReader that is no file."""
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as writer:
        writer.write(data)
    return os.fdopen(read_end, "rb")


@pytest.fixture(params=["auto", "http"])
def fake(request):
    with FakeS3(buckets=["bucket"], open_uploads="ignore", wire=request.param) as fake:
        yield fake


def client(**config):
    return boto3.client("s3", config=Config(retries={"total_max_attempts": 1}, **config))


def test_unseekable_bodies(fake):
    """O207"""
    with pytest.raises(ClientError) as raised:
        client().put_object(Bucket="bucket", Key="key", Body=Unseekable(b"data"))
    response = raised.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("MissingContentLength", 411)
    assert fake.buckets["bucket"].keys() == []


def test_pipes(fake):
    """botocore itself cannot send one, whatever the way in."""
    with pipe(b"data") as body, pytest.raises(OSError, match="seek"):
        client().put_object(Bucket="bucket", Key="key", Body=body)
    assert fake.buckets["bucket"].keys() == []


def test_upload_fileobj_of_an_unseekable_body(fake):
    """s3transfer reads it, so that every part has a length."""
    client().upload_fileobj(Unseekable(b"data"), "bucket", "key")
    assert fake.object("bucket", "key").body == b"data"


@pytest.mark.parametrize(("key", "is_valid"), [("..", False), ("../k", False), ("a/../../k", False), ("a/../b", True), ("./a", True), ("a/b/../../c", True), ("a..b", True), ("//", True), ("...", True)])  # fmt: skip
def test_keys(fake, key, is_valid):
    """O206: an answer without a document, of whose status botocore makes the code."""
    s3 = client()
    calls = (
        lambda: s3.put_object(Bucket="bucket", Key=key, Body=b"x"),
        lambda: s3.get_object(Bucket="bucket", Key=key),
        lambda: s3.create_multipart_upload(Bucket="bucket", Key=key),
        lambda: s3.put_object_tagging(Bucket="bucket", Key=key, Tagging={"TagSet": []}),
        lambda: s3.delete_object(Bucket="bucket", Key=key),
    )
    for call in calls:
        if is_valid:
            call()
            continue
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"] == {"Code": "400", "Message": "Bad Request"}


def test_a_checksum_of_another_algorithm(fake):
    """O210"""
    with pytest.raises(ClientError, match=OTHER_VALUE):
        client().put_object(Bucket="bucket", Key="k", Body=BODY, ChecksumAlgorithm="SHA256", ChecksumCRC32=CRC)


def test_encryption_of_a_read_or_a_part(fake):
    """O213; botocore has no such parameter, so a handler adds the header."""
    s3 = client()
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    s3.meta.events.register("before-call.s3.GetObject", lambda params, **kw: params["headers"].update({"x-amz-server-side-encryption": "AES256"}))  # fmt: skip
    with pytest.raises(ClientError, match="header is not supported for this operation"):
        s3.get_object(Bucket="bucket", Key="k")


@pytest.mark.parametrize("owner", ["0000", "12345678901a", "1234567890123", ""])
def test_expected_bucket_owners(fake, owner):
    """O223"""
    s3 = client()
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    for call, params in (
        (s3.get_object, {"Key": "k"}),
        (s3.list_objects_v2, {}),
        (s3.get_bucket_versioning, {}),
        (s3.delete_bucket, {}),
    ):
        with pytest.raises(ClientError) as raised:
            call(Bucket="bucket", ExpectedBucketOwner=owner, **params)
        assert raised.value.response["Error"]["Code"] == "InvalidBucketOwnerAWSAccountID"
    source = {"Bucket": "bucket", "Key": "k"}
    with pytest.raises(ClientError) as raised:
        s3.copy_object(Bucket="bucket", Key="c", CopySource=source, ExpectedSourceBucketOwner=owner)
    assert raised.value.response["Error"]["Code"] == "InvalidBucketOwnerAWSAccountID"


@pytest.mark.parametrize("call", ["put_object_lock_configuration", "put_bucket_lifecycle_configuration"])
def test_documents_that_a_call_leaves_out(fake, call):
    """O229"""
    with pytest.raises(ClientError, match="MissingRequestBodyError"):
        getattr(client(), call)(Bucket="bucket")
