"""Requests that no SDK would send: they end in an error of S3's, never in an exception of ours, and nothing is stored."""

from base64 import b64encode
from datetime import datetime, timezone
from hashlib import md5
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3
from fakes3mp.wire.messages import Request
from fakes3mp.wire.model import is_older
from fakes3mp.wire.scalars import http_date

ROOT = "https://bucket.s3.amazonaws.com"
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, ..."}
XML = "The XML you provided was not well-formed or did not validate against our published schema"


@pytest.fixture
def fake():
    fake = FakeS3(buckets=["bucket"], open_uploads="ignore")
    fake.put("bucket", "key", b"body")
    return fake


def send(fake, method, path, body=b"", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return fake.handle(Request(method, ROOT + path, {"content-length": str(len(body)), **SIGNED, **headers}, body))


def error_document(response):
    import xmltodict

    document = xmltodict.parse(response.body.read())
    return document.get("ErrorResponse", document)["Error"]  # STS has a root of its own


DELETE = "<Delete><Object><Key>key</Key></Object></Delete>"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>'
MALFORMED = [
    ("POST", "/?delete", b"not xml"),
    ("POST", "/?delete", b"<Delete><Object><Key>key</Key></Object>"),
    ("POST", "/?delete", b"<Other/>"),
    ("POST", "/?delete", b"<Delete>text</Delete>"),
    ("POST", "/?delete", b"<Delete><Object>text</Object></Delete>"),
    ("POST", "/?delete", b"<Delete><Object/></Delete>"),
    ("POST", "/?delete", ENTITIES.encode()),
    ("POST", "/?delete", b"\xff\xfe\x00"),
    ("POST", "/?delete", b"<Delete>" * 5000),
    ("POST", "/key?uploadId={id}", b"<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"),
    ("POST", "/key?uploadId={id}", b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"),
    ("POST", "/key?uploadId={id}", b"<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>"),
    ("POST", "/key?uploadId={id}", b"<CompleteMultipartUpload><Part><PartNumber><x/></PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"),
    pytest.param(
        "POST", "/?metadataConfiguration", b"<MetadataConfiguration><JournalTableConfiguration/></MetadataConfiguration>",
        marks=pytest.mark.skipif(is_older(), reason="this botocore has no metadata configurations"),
    ),
    ("PUT", "/?metrics&id=1", b"<MetricsConfiguration/>"),
    ("PUT", "/?analytics&id=1", b"<AnalyticsConfiguration><Id>1</Id></AnalyticsConfiguration>"),
    ("PUT", "/?intelligent-tiering&id=1", b"<IntelligentTieringConfiguration><Id>1</Id><Status>Enabled</Status></IntelligentTieringConfiguration>"),
    ("PUT", "/?inventory&id=1", b"<InventoryConfiguration><Id>1</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), MALFORMED)
def test_malformed_documents(fake, method, path, body):
    upload_id = fake._service.perform("CreateMultipartUpload", {"Bucket": "bucket", "Key": "key"})["UploadId"]
    response = send(fake, method, path.format(id=upload_id), body)
    error = error_document(response)
    assert (response.status, error["Code"], error["Message"]) == (400, "MalformedXML", XML)
    assert fake.object("bucket", "key").body == b"body"
    assert fake.uploads.one().state == "open"


# digests of a document -> error code, or None; F21, F22, F26, F27 hold for every body
DIGESTS = [
    ({"content_md5": b64encode(md5(DELETE.encode()).digest()).decode()}, None),
    ({"content_md5": "?"}, "InvalidDigest"),
    ({"content_md5": b64encode(md5(b"").digest()).decode()}, "BadDigest"),
    ({"x_amz_checksum_crc32": b64encode(crc32(DELETE.encode()).to_bytes(4, "big")).decode()}, None),
    ({"x_amz_checksum_crc32": "AAAAAA=="}, "BadDigest"),
    ({"x_amz_checksum_sha256": "AAAA"}, "InvalidRequest"),
    ({"x_amz_checksum_crc32": "AAAAAA==", "x_amz_checksum_crc32c": "AAAAAA=="}, "InvalidRequest"),
]


@pytest.mark.parametrize(("headers", "code"), DIGESTS)
def test_digests_of_documents(fake, headers, code):
    response = send(fake, "POST", "/?delete", DELETE.encode(), **headers)
    assert (response.status, b"Error" in response.body.read()) == ((200, False) if code is None else (400, True))
    assert (error_document(response)["Code"] if code else None) == code
    assert fake.buckets["bucket"].keys() == ([] if code is None else ["key"])


def test_no_such_bucket_comes_before_the_document(fake):
    """O10"""
    response = fake.handle(Request("POST", "https://nowhere.s3.amazonaws.com/?delete", SIGNED, b"not xml"))
    assert error_document(response)["Code"] == "NoSuchBucket"


@pytest.mark.parametrize(
    "body",
    [
        DELETE,
        '<?xml version="1.0"?>\n' + DELETE,
        DELETE.replace("<Delete>", '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'),
        '<s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><s3:Object><s3:Key>key</s3:Key></s3:Object></s3:Delete>',
        DELETE.replace("><", ">\n  <"),
        DELETE.replace("key", "<![CDATA[key]]>"),
    ],
)
def test_wellformed_documents(fake, body):
    digest = b64encode(md5(body.encode()).digest()).decode()  # O380
    assert send(fake, "POST", "/?delete", body.encode(), content_md5=digest).status == 200
    assert fake.buckets["bucket"].keys() == []


# method, path, headers -> status, code, fields
REQUESTS = [
    ("PUT", "/key?partNumber=abc&uploadId=x", {}, 400, "InvalidArgument", {"ArgumentName": "partNumber", "ArgumentValue": "abc"}),  # F17
    ("PUT", "/key?partNumber=&uploadId=x", {}, 400, "InvalidArgument", {"ArgumentName": "part_number"}),
    ("GET", "/?list-type=2&max-keys=x", {}, 400, "InvalidArgument", {"ArgumentName": "max-keys", "ArgumentValue": "x"}),
    ("GET", "/?uploads&encoding-type=", {}, 400, "InvalidArgument", {"ArgumentName": "encoding-type", "ArgumentValue": None}),  # O256
    ("PATCH", "/key", {}, 405, "MethodNotAllowed", {"Method": "PATCH", "ResourceType": "OBJECT"}),
    ("POST", "/", {}, 412, "PreconditionFailed", {"Condition": "Bucket POST must be of the enclosure-type multipart/form-data"}),  # O165
    ("GET", "/?website", {}, 404, "NoSuchWebsiteConfiguration", {"BucketName": "bucket"}),
    ("PUT", "/key", {"content_length": "99"}, 400, "IncompleteBody", {}),
    ("PUT", "/key", {"content_length": "many", "content_md5": "?"}, 400, "BadRequest", {}),  # O208
    ("PUT", "/key", {"content_md5": "?"}, 400, "InvalidDigest", {"Content-MD5": "?"}),
    ("PUT", "/key", {"x_amz_copy_source": ""}, 400, "InvalidArgument", {"ArgumentName": "x-amz-copy-source", "ArgumentValue": None}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "headers", "status", "code", "fields"), REQUESTS)
def test_odd_requests(fake, method, path, headers, status, code, fields):
    response = send(fake, method, path, b"", **headers)
    error = error_document(response)
    assert (response.status, error["Code"]) == (status, code)
    common = ("Code", "Message", "RequestId", "HostId")
    assert {name: value for name, value in error.items() if name not in common} == fields
    assert error["RequestId"] == response.headers["x-amz-request-id"]
    assert fake.object("bucket", "key").body == b"body"


@pytest.mark.parametrize("path", ["/key", "/key?partNumber=1&uploadId=x"])
def test_a_body_without_its_length(fake, path):
    """F115"""
    error = error_document(fake.handle(Request("PUT", ROOT + path, SIGNED, b"x")))
    assert (error["Code"], error["Message"]) == (
        "MissingContentLength",
        "You must provide the Content-Length HTTP header.",
    )
    assert fake.object("bucket", "key").body == b"body"


def test_empty_numbers_count_as_missing(fake):
    """F76"""
    upload = fake._service.perform("CreateMultipartUpload", {"Bucket": "bucket", "Key": "key"})
    response = send(fake, "GET", f"/key?uploadId={upload['UploadId']}&part-number-marker=&max-parts=")
    assert response.status == 200
    assert b"<MaxParts>1000</MaxParts>" in response.body.read()


def test_texts_that_are_no_dates(fake):
    """RFC 9110: a date that cannot be read counts as missing; Expires is stored as it is."""
    assert send(fake, "GET", "/key", if_modified_since="yesterday").status == 200
    assert send(fake, "PUT", "/other", b"", expires="whenever").status == 200
    assert send(fake, "HEAD", "/other").headers["Expires"] == "whenever"


@pytest.mark.parametrize("date", ["2026-03-01T00:00:00F", "Sun Mar  1 00:00:00 BRST 2026", "2026-03-01 00:00:00 EST"])
@pytest.mark.filterwarnings("error")
def test_time_zones_that_nobody_knows(fake, date):
    """A date in one is none, wherever the test runs; it was a warning, and an exception where warnings are errors."""
    rule = f"<Rule><Expiration><Date>{date}</Date></Expiration><ID>x</ID><Prefix/><Status>Enabled</Status></Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode()
    assert error_document(send(fake, "PUT", "/?lifecycle", body))["Code"] == "MalformedXML"
    assert send(fake, "GET", "/key", if_unmodified_since=date).status == 200


@pytest.mark.parametrize("date", ["2026-03-01T00:00:00+00:00", "2026-03-01T01:30+0130", "1772323200", "Sun, 01 Mar 2026 00:00:00 GMT"])  # fmt: skip
def test_dates_in_other_formats(fake, date):
    rule = f"<Rule><Expiration><Date>{date}</Date></Expiration><ID>x</ID><Prefix/><Status>Enabled</Status></Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode()
    assert send(fake, "PUT", "/?lifecycle", body).status == 200
    assert b"<Date>2026-03-01T00:00:00.000Z</Date>" in send(fake, "GET", "/?lifecycle").body.read()


def test_headers_and_bodies_of_responses(fake):
    """F28, O37, O19: a response without a body has no content type; the body of a GET request is ignored."""
    put = send(fake, "PUT", "/new", b"x")
    assert (put.body.size, put.headers["Content-Length"], "Content-Type" in put.headers) == (0, "0", False)
    deleted = send(fake, "DELETE", "/new")
    assert deleted.status == 204
    assert not {"Content-Length", "Content-Type"} & set(deleted.headers)
    assert "x-amz-id-2" in deleted.headers
    assert send(fake, "GET", "/key", b"ignored").body.read() == b"body"
    head = send(fake, "HEAD", "/key")
    assert (head.headers["Content-Length"], head.body.size) == ("4", 0)  # O18


def test_system_headers_outside_latin1(fake):
    """O265; O27's space was another server's answer."""
    send(fake, "PUT", "/new", b"", cache_control="é—x")
    assert send(fake, "HEAD", "/new").headers["Cache-Control"] == "é—x"


def test_timestamps_and_roots(fake):
    """F76"""
    send(fake, "POST", "/key?uploads")
    text = send(fake, "GET", "/?uploads").body.read().decode()
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<ListMultipartUploadsResult xmlns="http://s3')
    assert text.partition("<Initiated>")[2][19:24] == ".000Z"


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00.000Z", "0089-02-27T00:00:00.000Z", "9999-12-31T00:00:00.000Z"])
def test_years_have_four_digits(fake, date):
    """F76: what S3 was given comes back."""
    rule = f"<Rule><Expiration><Date>{date}</Date></Expiration><ID>x</ID><Prefix/><Status>Enabled</Status></Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode()
    assert send(fake, "PUT", "/?lifecycle", body).status == 200
    assert f"<Date>{date}</Date>" in send(fake, "GET", "/?lifecycle").body.read().decode()


def test_years_in_headers():
    """RFC 9110, 5.6.7: a year has four digits."""
    assert http_date(datetime(89, 2, 27, tzinfo=timezone.utc)) == "Sun, 27 Feb 0089 00:00:00 GMT"


@pytest.mark.parametrize("declared", ["\u00b2", "9" * 5000, "-1"])
def test_absurd_lengths(fake, declared):
    """An error, and nothing is stored."""
    status = fake.handle(Request("PUT", f"{ROOT}/k", {**SIGNED, "content-length": declared}, b"four")).status
    assert status == 400
    assert send(fake, "GET", "/k").status == 404
    assert send(fake, "GET", "/key", x_amz_expected_bucket_owner=declared).status == 400  # O223


METHODS = st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"])
QUERIES = st.sampled_from(
    [
        "",
        "uploads",
        "uploadId",
        "partNumber",
        "list-type",
        "delete",
        "versionId",
        "max-keys",
        "attributes",
        "acl",
        "X-Amz-Signature",
        "X-Amz-Date",
        "X-Amz-Expires",
        "Signature",
        "Expires",
        "AWSAccessKeyId",
        "X-Amz-Credential",
    ]
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)  # XML 1.0 cannot write those
HEADERS = st.sampled_from(
    ["x-amz-copy-source", "range", "content-md5", "x-amz-checksum-crc32", "if-match", "content-length", "x-amz-object-attributes",
     "x-amz-content-sha256", "x-amz-checksum-algorithm", "x-amz-mp-object-size", "if-modified-since", "x-amz-trailer", "expires",
     "x-amz-expected-bucket-owner", "amz-sdk-request", "authorization", "x-amz-tagging", "x-amz-acl", "x-amz-grant-read"]
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    METHODS,
    st.sampled_from(["", "/", "/key", "/other//x"]),
    st.dictionaries(QUERIES, TEXT, max_size=3),
    st.dictionaries(HEADERS, TEXT, max_size=4),
    st.one_of(st.binary(max_size=40), st.sampled_from([DELETE.encode(), b"<CompleteMultipartUpload/>"])),
)
def test_fuzzed_requests_never_crash(method, path, query, headers, body):
    from urllib.parse import quote

    fake = FakeS3(buckets=["bucket"], open_uploads="ignore")
    query_string = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    response = fake.handle(Request(method, f"{ROOT}{path}?{query_string}", {**SIGNED, **headers}, body))
    assert 200 <= response.status <= 501
    if response.status >= 400 and method != "HEAD":
        assert error_document(response)["Code"]
