"""URLs and bodies as they are sent: addressing, aws-chunked, lengths and digests, the client."""

import hashlib
import zlib
from base64 import b64encode

import pytest

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import parse_address, parse_control_address
from fakes3mp.wire.aws_chunked import unwrap
from fakes3mp.wire.envelope import open_envelope
from fakes3mp.wire.messages import Request
from fakes3mp.wire.metadata import decoded_metadata, encoded_metadata
from fakes3mp.wire.request_reader import read_request
from fakes3mp.wire.routing import route
from fakes3mp.wire.signatures import SignatureV2

# URL, the client's endpoint -> bucket, key, region, the bucket's URL
ADDRESSES = [
    ("https://b.s3.amazonaws.com/k", None, ("b", "k", "us-east-1", "https://b.s3.amazonaws.com")),
    ("https://b.s3.eu-west-1.amazonaws.com/k/l", None, ("b", "k/l", "eu-west-1", "https://b.s3.eu-west-1.amazonaws.com")),
    ("https://b.s3-eu-west-1.amazonaws.com/", None, ("b", None, "eu-west-1", "https://b.s3-eu-west-1.amazonaws.com")),
    ("https://s3.amazonaws.com/b/k", None, ("b", "k", "us-east-1", "https://s3.amazonaws.com/b")),
    ("https://s3.us-gov-west-1.amazonaws.com/b", None, ("b", None, "us-gov-west-1", "https://s3.us-gov-west-1.amazonaws.com/b")),
    ("https://a.b.c.s3.us-east-1.amazonaws.com/k", None, ("a.b.c", "k", "us-east-1", "https://a.b.c.s3.us-east-1.amazonaws.com")),
    ("https://b.s3.dualstack.eu-west-1.amazonaws.com/k", None, ("b", "k", "eu-west-1", "https://b.s3.dualstack.eu-west-1.amazonaws.com")),
    ("https://b.s3-accelerate.amazonaws.com/k", None, ("b", "k", None, "https://b.s3-accelerate.amazonaws.com")),
    ("https://b.s3-accelerate.dualstack.amazonaws.com/k", None, ("b", "k", None, "https://b.s3-accelerate.dualstack.amazonaws.com")),
    ("https://b.s3-fips.us-east-1.amazonaws.com/k", None, ("b", "k", "us-east-1", "https://b.s3-fips.us-east-1.amazonaws.com")),
    ("https://b.s3-fips.dualstack.us-east-1.amazonaws.com/k", None, ("b", "k", "us-east-1", "https://b.s3-fips.dualstack.us-east-1.amazonaws.com")),
    ("https://b.s3.cn-north-1.amazonaws.com.cn/k", None, ("b", "k", "cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn")),
    ("https://s3.s3.s3.us-east-1.amazonaws.com/k", None, ("s3.s3", "k", "us-east-1", "https://s3.s3.s3.us-east-1.amazonaws.com")),
    ("http://localhost:9000/b/k", "http://localhost:9000", ("b", "k", None, "http://localhost:9000/b")),
    ("http://b.minio:9000/k", "http://minio:9000", ("b", "k", None, "http://b.minio:9000")),
    ("http://gateway/s3/b/k", "http://gateway/s3/", ("b", "k", None, "http://gateway/s3/b")),
    ("http://localhost/b/", None, ("b", None, None, "http://localhost/b")),
    ("http://localhost/", None, (None, None, None, "http://localhost/")),
    ("https://s3.amazonaws.com?x-id=ListBuckets", None, (None, None, "us-east-1", "https://s3.amazonaws.com/")),
    ("https://b.s3.amazonaws.com//k//%2F%2e", None, ("b", "/k//" + "/.", "us-east-1", "https://b.s3.amazonaws.com")),
    ("https://b.s3.amazonaws.com/a+b%20c%C3%A9%3F", None, ("b", "a+b cé?", "us-east-1", "https://b.s3.amazonaws.com")),
]  # fmt: skip


@pytest.mark.parametrize(("url", "endpoint", "expected"), ADDRESSES)
def test_addresses(url, endpoint, expected):
    address = parse_address(url, endpoint)
    assert (address.bucket, address.key, address.region, address.bucket_url) == expected


def test_queries():
    address = parse_address("https://b.s3.amazonaws.com/k?uploads&prefix=a%2Fb+c&prefix=second", None)
    assert address.query == {"uploads": "", "prefix": "a/b c"}


BODY = b"x" * 9000 + b"\r\n" + b"y" * 5
CRC = b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()


def framed(body, sizes=(8192, 1000), extension=b"", trailers=b""):
    chunks, position = b"", 0
    for size in sizes:
        data = body[position : position + size]
        position += size
        if data:
            chunks += b"%x%s\r\n%s\r\n" % (len(data), extension, data)
    return chunks + b"0" + extension + b"\r\n" + trailers + b"\r\n"


SIGNED = b";chunk-signature=" + b"0" * 64
FRAMES = [
    (framed(BODY), {}),
    (framed(BODY, extension=SIGNED), {}),
    (framed(BODY, trailers=b"x-amz-checksum-crc32:" + CRC.encode() + b"\r\n"), {"x-amz-checksum-crc32": CRC}),
    (framed(BODY, extension=SIGNED, trailers=b"x-amz-checksum-crc32:" + CRC.encode() + b"\r\nx-amz-trailer-signature:00\r\n"), {"x-amz-checksum-crc32": CRC, "x-amz-trailer-signature": "00"}),
    (framed(BODY, trailers=b"x-amz-checksum-crc32:" + CRC.encode() + b"\n\r\n"), {"x-amz-checksum-crc32": CRC}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "trailers"), FRAMES, ids=["plain", "signed", "trailer", "signed trailer", "line feed"]
)
def test_unwrapping(body, trailers):
    assert unwrap(body) == (BODY, trailers)


@pytest.mark.parametrize("size", [1, 9, 15, 16, 17, 31, 32, 255, 256, 257, 4095, 4096, 8191, 65_536])
@pytest.mark.parametrize("form", [b"%x", b"%X", b"%08x", b"  %x "])
def test_chunk_sizes(size, form):
    """Of one hexadecimal digit and of several, in small and capital letters."""
    body = b"x" * size
    assert unwrap(form % size + b"\r\n" + body + b"\r\n0\r\n\r\n") == (body, {})


BROKEN = [
    b"",
    b"5",
    b"5\r\nabc",
    b"zz\r\nabc\r\n0\r\n\r\n",
    b"-3\r\nabc\r\n0\r\n\r\n",
    b"5\r\nabcdeXX0\r\n\r\n",
    b"ffffffffff\r\nabc\r\n",
    b"5\r\nabcde\r\n",  # no last chunk
    b"5\r\nabcde\r\n0\r\n",  # the empty line is missing
    b"5\r\nabcde\r\n0\r\n\r\nmore",
    b"5\r\nabcde\r\n0\r\n\r\n\r\n",
    b"5\r\nabcde\r\n0\r\nno colon\r\n\r\n",
    b"5\r\nabcde\r\n0\r\nx-amz-checksum-crc32:x",
    b"5\nabcde\n0\n\n",
    b"0x5\r\nabcde\r\n0\r\n\r\n",
    b"1_0\r\nabcde\r\n0\r\n\r\n",
    b"f" * 5000 + b"\r\nabcde\r\n0\r\n\r\n",
    b"5;" + b"x" * 5000 + b"\r\nabcde\r\n0\r\n\r\n",
    b"0\r\n",
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_broken_framing(number):
    """O209"""
    with pytest.raises(S3Error) as error:
        unwrap(BROKEN[number])
    assert (error.value.code, error.value.message) == ("IncompleteBody", "The request body terminated unexpectedly")


@pytest.mark.parametrize(
    ("sizes", "bad"), [((5, 1), (2, 5)), ((8192, 8191, 8192), (3, 8191)), ((8192, 8192, 0x12, 1), (4, 0x12))]
)
def test_short_chunks(sizes, bad):
    """O209, O307: S3 names the number of the chunk after the short one."""
    with pytest.raises(S3Error) as error:
        unwrap(framed(bytes(sum(sizes)), sizes))
    assert error.value.code == "InvalidChunkSizeError"
    assert error.value.fields == {"Chunk": str(bad[0]), "BadChunkSize": str(bad[1])}


@pytest.mark.parametrize("size", [1, 9, 16, 0xAB, 0xFF, 8191, 8192, 0x10000])
def test_sizes_of_chunks(size):
    """Of one to five hexadecimal digits, in either case, with leading zeros."""
    body = bytes(range(256)) * (size // 256 + 1)
    for line in (b"%x", b"%X", b"00%x"):
        last = b"" if size < 8192 else b"1\r\nz\r\n"
        chunked = line % size + b"\r\n" + body[:size] + b"\r\n" + last + b"0\r\n\r\n"
        assert unwrap(chunked)[0] == body[:size] + (b"z" if last else b"")


def put(headers, body=BODY):
    headers = {"content-length": str(len(body)), **headers}
    return read_request(Request("PUT", "https://b.s3.amazonaws.com/k", headers, body))


STREAMED = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "content-encoding": "gzip,aws-chunked",
    "x-amz-decoded-content-length": str(len(BODY)),
}


def test_a_chunked_request():
    """F29, F109: the operation gets the plain body."""
    body = framed(BODY, trailers=b"x-amz-checksum-crc32:" + CRC.encode() + b"\r\n")
    headers = {
        **STREAMED,
        "content-length": str(len(body)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    request = put(headers, body)
    assert request.error is None
    params = request.params
    assert (params["Body"], params["ContentLength"], params["ContentEncoding"]) == (BODY, len(BODY), "gzip")
    assert params["ChecksumCRC32"] == CRC


REFUSED = [
    ({"content-length": "5"}, BODY, "IncompleteBody"),
    ({"content-length": "500"}, BODY, "IncompleteBody"),
    ({"x-amz-content-sha256": "0" * 64}, BODY, "XAmzContentSHA256Mismatch"),
    ({**STREAMED, "x-amz-decoded-content-length": "3"}, framed(BODY), "IncompleteBody"),
    ({**STREAMED, "x-amz-trailer": "x-amz-checksum-crc32"}, framed(BODY), "MalformedTrailerError"),
    ({**STREAMED}, framed(BODY)[:-30], "IncompleteBody"),
]


@pytest.mark.parametrize(("headers", "body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_refused_bodies(headers, body, code):
    request = put(headers, body)
    assert request.error.code == code
    assert request.operation == "PutObject"  # the call is recorded all the same


def test_a_sha256_mismatch_has_both_values():
    error = put({"x-amz-content-sha256": "0" * 64}).error
    computed = hashlib.sha256(BODY).hexdigest()
    assert error.fields == {"ClientComputedContentSHA256": "0" * 64, "S3ComputedContentSHA256": computed}


@pytest.mark.parametrize(
    "declared", ["UNSIGNED-PAYLOAD", hashlib.sha256(BODY).hexdigest(), hashlib.sha256(BODY).hexdigest().upper()]
)
def test_a_right_sha256(declared):
    assert put({"x-amz-content-sha256": declared}).error is None


def test_client_info():
    """F110, and the region in the signature."""
    headers = {
        "authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host",
        "amz-sdk-invocation-id": "some-id",
        "amz-sdk-request": "attempt=3; max=5",
    }
    client_info = open_envelope(Request("GET", "https://b.s3.amazonaws.com/k", headers)).client_info
    assert (client_info.region, client_info.invocation_id, client_info.attempt) == ("eu-central-1", "some-id", 3)


V4 = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=x"


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("", {}, None),
        ("", {"authorization": V4}, "AKID"),
        ("?X-Amz-Credential=AKID%2F20260101%2Feu-central-1%2Fs3%2Faws4_request", {}, "AKID"),
        ("", {"authorization": "AWS AKID:c2lnbmF0dXJl"}, "AKID"),
        ("?AWSAccessKeyId=AKID&Signature=x&Expires=1", {}, "AKID"),
        ("", {"authorization": "Bearer x"}, None),
    ],
)
def test_access_keys(query, headers, expected):
    """S3's manual, "Authenticating requests": SigV4 and SigV2, in the header and in the URL."""
    assert (
        open_envelope(Request("GET", f"https://b.s3.amazonaws.com/k{query}", headers)).client_info.access_key
        == expected
    )


@pytest.mark.parametrize(("access_key", "expected"), [("AKID", "AKID"), ("", None)])
def test_access_keys_of_forms(access_key, expected):
    """A form without a signature is anonymous."""
    url = "https://b.s3.amazonaws.com/k"
    signature = SignatureV2(access_key, "x", Request("POST", url, {}))
    assert open_envelope(Request("POST", url, {}, signature=signature)).client_info.access_key == expected


# method, path at the endpoint for directory buckets -> operation
DIRECTORY_ROUTES = [
    ("GET", "/", "ListDirectoryBuckets"),
    ("GET", "/?max-directory-buckets=1", "ListDirectoryBuckets"),
    ("PUT", "/bucket--use1-az4--x-s3", "CreateBucket"),
    ("DELETE", "/bucket--use1-az4--x-s3", "DeleteBucket"),
    ("GET", "/bucket--use1-az4--x-s3?policy", "GetBucketPolicy"),
    ("PUT", "/bucket--use1-az4--x-s3?policy", "PutBucketPolicy"),
    ("GET", "/bucket--use1-az4--x-s3?encryption", "GetBucketEncryption"),
]


@pytest.mark.parametrize(("method", "path", "operation"), DIRECTORY_ROUTES)
def test_routes_of_directory_buckets(method, path, operation):
    """S3's manual, "Directory buckets": their own endpoint, with the bucket in the path."""
    url = f"https://s3express-control.us-east-1.amazonaws.com{path}"
    assert route(method, parse_address(url, None), {})[0] == operation


CONTROL = "https://123456789012.s3-control.us-east-1.amazonaws.com/v20180820"


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/accesspoint/point", "s3control.GetAccessPoint"),
        ("/accesspoint/point/policy", "s3control.GetAccessPointPolicy"),
        ("/accesspoint/a/b/policy", None),
        ("/accesspoint/a/b", None),
        ("/jobs/a/tagging", "s3control.GetJobTagging"),
        ("/jobs/a/b/tagging", None),
        ("/tags/arn:aws:s3:us-east-1:123456789012:storage-lens-group/a", "s3control.ListTagsForResource"),
    ],
)
def test_routes_of_s3_control(path, operation):
    """The model: a name in a path has no slash, an ARN (``{resourceArn+}``) may have some."""
    address = parse_control_address(f"{CONTROL}{path}", None)
    if operation is None:
        with pytest.raises(S3Error):
            route("GET", address, {})
    else:
        assert route("GET", address, {})[0] == operation


# O24-O26
METADATA = {
    "ÄMÄZÕÑ S3": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=",
    "\x00\x01\x02\x03\x04": "=?UTF-8?B?AAECAwQ=?=",
    'plain "quoted" \\ ~ \t': 'plain "quoted" \\ ~ \t',
    "=?UTF-8?B?YWJj?=": "=?UTF-8?B?YWJj?=",
    "é_-.%E2": "=?UTF-8?Q?=C3=A9=5F-.%E2?=",
}


@pytest.mark.parametrize(("value", "expected"), METADATA.items())
def test_metadata(value, expected):
    assert encoded_metadata(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?UTF-8?Q?=C3=84_=3D?=", "Ä ="),
        ("=?utf-8?b?w4Q=?=", "Ä"),
        ("=?UTF-8?B?AAEC?=", "\x00\x01\x02"),
        ("=?UTF-8?Q?actually-ascii?=", "=?UTF-8?Q?actually-ascii?="),
        ("=?UTF-8?B?YWJj?=", "=?UTF-8?B?YWJj?="),
        ("=?UTF-8?B?***?=", "=?UTF-8?B?***?="),
        ("=?UTF-8?B?/w==?=", "=?UTF-8?B?/w==?="),
        ("=?ISO-8859-1?Q?=C4?=", "=?ISO-8859-1?Q?=C4?="),
        ("x =?UTF-8?Q?=C3=84?=", "x =?UTF-8?Q?=C3=84?="),
        ("plain", "plain"),
    ],
)
def test_metadata_words(value, expected):
    """O265: a word is decoded when stored; O26: one of ASCII comes back as it is."""
    assert decoded_metadata(value) == expected
