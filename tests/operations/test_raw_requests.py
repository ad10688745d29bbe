"""Objects and uploads by requests that no SDK sends: through ``requests``, and through the server."""

import re
import xml.etree.ElementTree as ET

import pytest
import requests

from fakes3mp import FakeS3
from fakes3mp.wire.model import operation_model
from tests.operations.test_multipart import crc, md5

A = b"aaaaa"
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=OWN/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
}


class RawScene:
    """A fake with an open upload of one part, and a function that sends requests to it."""

    def __init__(self, fake, endpoint):
        self.fake, self.endpoint = fake, endpoint
        s3 = fake.client()
        self.address = {"Bucket": "bucket", "Key": "key"}
        self.upload_id = s3.create_multipart_upload(**self.address)["UploadId"]
        self.etag = s3.upload_part(**self.address, UploadId=self.upload_id, PartNumber=1, Body=A)["ETag"]

    def send(self, method, path, body=b"", **headers):
        url = f"{self.endpoint}/bucket/{path.format(id=self.upload_id)}"
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, url, data=body, headers={**SIGNED, **headers})


@pytest.fixture(params=["requests", "server"])
def raw(request):
    with FakeS3(buckets=["bucket"], min_part_size=1, open_uploads="ignore") as fake:
        if request.param == "requests":
            yield RawScene(fake, "https://s3.amazonaws.com")
            return
        from fakes3mp.server.server import Server

        with Server(fake) as server:
            yield RawScene(fake, server.url)


def error(response):
    fields = {child.tag: child.text or "" for child in ET.fromstring(response.content)}
    return {name: value for name, value in fields.items() if name not in ("RequestId", "HostId")}


COMPLETE = "key?uploadId={id}"
PART = "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>"
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
# body, headers -> code, message
REFUSED = {
    "F42: no body": (b"", {}, "InvalidRequest", "You must specify at least one part"),
    "O228: no part": (b"<CompleteMultipartUpload/>", {}, "MalformedXML", MALFORMED),
    "O228: no part, either": (b"<CompleteMultipartUpload>\n </CompleteMultipartUpload>", {}, "MalformedXML", MALFORMED),
    "O228: part 0": (PART.format(0, md5(A)), {}, "InvalidArgument", "PartNumber must be >= 1"),
    "O228: part -1": (PART.format(-1, md5(A)), {}, "InvalidArgument", "PartNumber must be >= 1"),
    **{
        f"O228: size {size}": (PART.format(1, md5(A)), {"x-amz-mp-object-size": size}, "InvalidRequest", message)
        for size, message in {
            "size": "Value for x-amz-mp-object-size header is invalid: 'size'",
            "5.0": "Value for x-amz-mp-object-size header is invalid: '5.0'",
            "-1": "Value for x-amz-mp-object-size header is less than zero: '-1'",
        }.items()
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_completions_that_are_refused(raw, name):
    body, headers, code, message = REFUSED[name]
    if isinstance(body, str):
        body = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode()
    response = raw.send("POST", COMPLETE, body, **headers)
    assert response.status_code == 400
    document = error(response)
    assert (document["Code"], document["Message"]) == (code, message)
    assert raw.fake.uploads.one().state == "open"
    done = raw.send("POST", COMPLETE, f"<CompleteMultipartUpload>{PART.format(1, raw.etag)}</CompleteMultipartUpload>")
    assert done.status_code == 200


def test_copy_sources(raw):
    """O241: a whole URL, and ``+`` for a space."""
    raw.fake.put("bucket", "a b+c", b"copied")
    for source in ("https://s3.amazonaws.com/bucket/a+b%2Bc", "/bucket/a+b%2Bc", "bucket/a%20b%2Bc"):
        assert raw.send("PUT", "copy", x_amz_copy_source=source).status_code == 200
        assert raw.fake.object("bucket", "copy").body == b"copied"
        raw.fake.put("bucket", "copy", b"")
        part = raw.send("PUT", "key?partNumber=2&uploadId={id}", x_amz_copy_source=source)
        assert part.status_code == 200
        assert raw.fake.uploads.one().part(2).body == b"copied"


def test_a_part_of_another_algorithm(raw):
    """O211: before the bytes are compared."""
    upload_id = raw.fake.client().create_multipart_upload(**raw.address, ChecksumAlgorithm="SHA256")["UploadId"]
    response = raw.send("PUT", f"key?partNumber=1&uploadId={upload_id}", A, x_amz_checksum_crc32=crc(b"other"))
    assert error(response)["Message"].startswith("Checksum Type mismatch occurred, expected checksum Type: sha256")


def test_bodies_under_object_lock(raw):
    """O212: what raw clients meet whose only digest is that of their signature."""
    raw.fake.client().create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    url, headers = f"{raw.endpoint}/locked/key", {**SIGNED, "x-amz-object-lock-legal-hold": "ON"}
    response = requests.put(url, A, headers=headers)
    assert (response.status_code, error(response)["Code"]) == (400, "InvalidRequest")
    assert requests.put(url, A, headers={**headers, "x-amz-checksum-crc32": crc(A)}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_checksum_of_a_range_that_is_a_part(raw, method):
    """O250"""
    if method == "HEAD" and "ContentRange" not in operation_model("HeadObject").output_shape.members:
        pytest.skip("this botocore's HeadObject has no ContentRange")
    s3 = raw.fake.client()
    upload_id = s3.create_multipart_upload(**raw.address, ChecksumAlgorithm="CRC32")["UploadId"]
    upload = {**raw.address, "UploadId": upload_id}
    parts = []
    for number, body in enumerate((b"one", b"three"), 1):
        part = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumCRC32=crc(body))
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": crc(body)})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    response = raw.send(method, "key", Range="bytes=3-7", x_amz_checksum_mode="ENABLED")
    assert response.status_code == 206
    assert response.headers["x-amz-checksum-crc32"] == crc(b"three")
    assert response.headers["x-amz-checksum-type"] == "COMPOSITE"
    response = raw.send(method, "key", Range="bytes=3-6", x_amz_checksum_mode="ENABLED")
    assert "x-amz-checksum-crc32" not in response.headers


LISTS = {
    "O256: encoding-type": ("?list-type=2&encoding-type=", "encoding-type", "Invalid Encoding Method specified in Request"),
    "O258: token": ("?list-type=2&continuation-token=", "continuation-token", "The continuation token provided is incorrect"),
    "O259: versions": ("?versions&max-keys=-1", "max-keys", "max-keys cannot be negative"),
    "O259: parts": ("key?uploadId={id}&max-parts=2147483648", "max-parts", "Provided max-parts not an integer or within integer range"),
    "O259: no number": ("key?uploadId={id}&max-parts=x", "max-parts", "Provided max-parts not an integer or within integer range"),
    "O259: marker": ("key?uploadId={id}&part-number-marker=-2", "part-number-marker", "Argument part-number-marker must be an integer between 0 and 2147483647"),
    "O244: marker": ("?versions&key-marker=key&version-id-marker=never", "version-id-marker", "Invalid version id specified"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_are_refused(raw, name):
    path, argument, message = LISTS[name]
    document = error(raw.send("GET", path))
    assert (document["Code"], document["ArgumentName"], document["Message"]) == ("InvalidArgument", argument, message)
    if name.startswith("O256"):
        assert document["ArgumentValue"] == ""


@pytest.mark.parametrize("number", ["x", "1.5", "", "9" * 5000])
def test_attributes_with_a_page_size_that_is_no_number(raw, number):
    """O259: it is ignored."""
    raw.fake.put("bucket", "key", b"x")
    headers = {"x-amz-max-parts": number, "x-amz-object-attributes": "ObjectSize"}
    assert raw.send("GET", "key?attributes", **headers).status_code == 200


def test_archived_objects(raw):
    """O226: the error's document, the status of a restore, the header."""
    raw.fake.put("bucket", "key", b"x", StorageClass="GLACIER")
    response = raw.send("GET", "key")
    assert (response.status_code, error(response)) == (
        403,
        {
            "Code": "InvalidObjectState",
            "Message": "The operation is not valid for the object's storage class",
            "StorageClass": "GLACIER",
        },
    )
    body = "<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters></RestoreRequest>"
    assert raw.send("POST", "key?restore", body).status_code == 202
    assert raw.send("HEAD", "key").headers["x-amz-restore"] == 'ongoing-request="true"'
    assert raw.send("POST", "key?restore", body).status_code == 409
    raw.fake.clock.advance(minutes=5)
    pattern = r'ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT"'
    assert re.fullmatch(pattern, raw.send("GET", "key").headers["x-amz-restore"])
    response = raw.send("POST", "key?restore", body)
    assert (response.status_code, response.content) == (200, b"")


BAD_RESTORES = [
    "<RestoreRequest><Days>many</Days></RestoreRequest>",
    "<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Fast</Tier></GlacierJobParameters></RestoreRequest>",
    "<RestoreRequest><Days>1</Days><GlacierJobParameters/></RestoreRequest>",
    "<RestoreRequest>",
    "<Other/>",
]


@pytest.mark.parametrize("body", BAD_RESTORES)
def test_restores_that_are_malformed(raw, body):
    raw.fake.put("bucket", "key", b"x", StorageClass="GLACIER")
    assert error(raw.send("POST", "key?restore", body))["Code"] == "MalformedXML"
    assert "x-amz-restore" not in raw.send("HEAD", "key").headers
