"""Presigned and raw URLs fetched with ``requests``: O140-O158, F30, O58, O129, O130, and a user's own mocks of ``responses``."""

import io
import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest
import requests
import responses
from botocore.config import Config

from fakes3mp import FakeS3

K = {"Bucket": "media", "Key": "k"}
SIGNATURES = [(version, style) for version in ("s3v4", "s3") for style in ("virtual", "path")]


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        fake.put("media", "k", b"hello")
        yield fake


def client(version="s3v4", style="virtual", **options):
    return boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": style}), **options)


def url(operation, version="s3v4", style="virtual", expires=3600, **params):
    return client(version, style).generate_presigned_url(operation, Params={**K, **params}, ExpiresIn=expires)


def error(response):
    return {child.tag: child.text or "" for child in ET.fromstring(response.content)}


@pytest.mark.parametrize(("version", "style"), SIGNATURES)
@pytest.mark.parametrize("key", ["k", "a/b=c", "d e~é+", "//x"])
def test_reading_and_writing(fake, version, style, key):
    """O140, O129"""
    url_options = {"version": version, "style": style, "Key": key}
    put = requests.put(url("put_object", **url_options), data=b"body")
    assert (put.status_code, put.content) == (200, b"")
    response = requests.get(url("get_object", **url_options))
    assert (response.content, response.headers["ETag"]) == (b"body", fake.object("media", key).etag)
    assert requests.head(url("head_object", **url_options)).headers["Content-Length"] == "4"
    assert fake.object("media", key).checksum_type == "FULL_OBJECT"
    assert list(fake.object("media", key).checksums) == ["CRC64NVME"]
    assert requests.delete(url("delete_object", **url_options)).status_code == 204
    assert fake.calls[-1].operation == "DeleteObject"


@pytest.mark.parametrize(("version", "style"), SIGNATURES)
def test_a_multipart_upload(fake, version, style):
    """F30: a plain PUT to a presigned UploadPart URL gives the ETag; completing is a POST."""
    url_options = {"version": version, "style": style, "Key": "mp"}
    upload_id = fake.client().create_multipart_upload(Bucket="media", Key="mp")["UploadId"]
    etags = [
        requests.put(url("upload_part", **url_options, UploadId=upload_id, PartNumber=n), data=body).headers["ETag"]
        for n, body in ((1, b"aa"), (2, b"b"))
    ]
    parts = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in enumerate(etags, 1))
    completion = requests.post(
        url("complete_multipart_upload", **url_options, UploadId=upload_id),
        data=f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>",
    )
    assert completion.status_code == 200
    fake.uploads.one(key="mp").assert_completed(parts=2)
    assert fake.object("media", "mp").body == b"aab"


def test_a_copy(fake):
    """O58"""
    signed = url("copy_object", Key="copy", CopySource="media/k")
    assert requests.put(signed, headers={"x-amz-copy-source": "media/k"}).status_code == 200
    assert fake.object("media", "copy").body == b"hello"


def test_bodies_of_every_kind(fake, tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    with (tmp_path / "file").open("rb") as file:
        for body in (b"abc", "abc", file, io.BytesIO(b"abc")):
            fake.put("media", "k", b"")
            assert requests.put(url("put_object"), data=body).status_code == 200
            assert fake.object("media", "k").body == b"abc"
    assert requests.put(url("put_object"), data=iter([b"a", b"bc"])).status_code == 501  # O207: its length is unknown


def test_streaming_sessions_and_ranges(fake):
    with requests.Session() as session:
        answer = session.get(url("get_object"), stream=True, headers={"Range": "bytes=1-3"})
        assert answer.status_code == 206
        assert list(answer.iter_content(2)) == [b"el", b"l"]


def test_raw_urls(fake):
    """Without a signature the caller is nobody."""
    for raw in ("https://media.s3.amazonaws.com/k", "https://s3.us-east-1.amazonaws.com/media/k"):
        assert error(requests.get(raw))["Code"] == "AccessDenied"
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}]}'
    fake.client().delete_public_access_block(Bucket="media")
    fake.client().put_bucket_policy(Bucket="media", Policy=policy)
    assert requests.get("https://media.s3.amazonaws.com/k").content == b"hello"


def test_redirects_to_s3_are_followed(fake):
    with responses.RequestsMock() as mock:
        mock.add("GET", MINE, status=302, headers={"Location": url("get_object")})
        assert requests.get(MINE).content == b"hello"


def test_another_region_is_answered_by_a_redirect():
    with FakeS3() as fake:
        fake.client().create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        fake.put("media", "k", b"hello")
        answer = requests.get("https://media.s3.us-west-2.amazonaws.com/k", allow_redirects=False)
        assert answer.status_code == 301


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_custom_endpoints(fake, style):
    """A presigned URL is known by its query, a raw one by the clients that called there before."""
    s3 = client(style=style, endpoint_url="http://localhost:9000")
    assert requests.get(s3.generate_presigned_url("get_object", Params=K)).content == b"hello"
    s3 = client(style=style, endpoint_url="http://localhost:9001/store")
    s3.list_buckets()
    presigned = s3.generate_presigned_url("get_object", Params=K)
    assert requests.get(presigned).content == b"hello"
    assert error(requests.get(presigned.partition("?")[0]))["Code"] == "AccessDenied"


# Expiry and signatures


@pytest.mark.parametrize(
    ("version", "fields"), [("s3v4", ["X-Amz-Expires", "Expires", "ServerTime"]), ("s3", ["Expires", "ServerTime"])]
)
def test_expiry(fake, version, fields):
    """O141"""
    signed = url("get_object", version, expires=2)
    fake.clock.advance(seconds=10)
    answer = requests.get(signed)
    details = error(answer)
    assert (answer.status_code, details["Code"], details["Message"]) == (403, "AccessDenied", "Request has expired")
    assert list(details) == ["Code", "Message", *fields, "RequestId", "HostId"]
    assert details.get("X-Amz-Expires", "2") == "2"


MISMATCH = ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"]


@pytest.mark.parametrize(
    ("version", "fields"), [("s3v4", [*MISMATCH, "CanonicalRequest", "CanonicalRequestBytes"]), ("s3", MISMATCH)]
)
def test_a_forged_signature(fake, version, fields):
    """O142"""
    forged = re.sub(r"(Signature=)[^&]+", r"\1forged", url("get_object", version))
    answer = requests.get(forged)
    details = error(answer)
    assert (answer.status_code, details["Code"]) == (403, "SignatureDoesNotMatch")
    assert list(details) == ["Code", "Message", *fields, "RequestId", "HostId"]
    assert details["SignatureProvided"] == "forged"
    assert bytes.fromhex(details["StringToSignBytes"]).decode() == details["StringToSign"]
    assert fake.calls[-1].outcome == "SignatureDoesNotMatch"


def test_the_canonical_path(fake):
    """O156"""
    forged = re.sub(r"(Signature=)[^&]+", r"\1forged", url("get_object", style="path", Key="k")).replace(
        "/media/", "/%2Fmedia/"
    )
    assert error(requests.get(forged))["CanonicalRequest"].split("\n")[1] == "//media/k"


def without(signed, name):
    return re.sub(rf"&?{name}=[^&]*", "", signed)


V2_INCOMPLETE = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
V4_INCOMPLETE = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
BAD_SCOPE = 'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'


@pytest.mark.parametrize(
    ("fact", "signed", "status", "code", "message"),
    [
        ("O143", lambda: without(url("get_object", "s3"), "Expires"), 403, "AccessDenied", V2_INCOMPLETE),
        (
            "O144",
            lambda: without(url("get_object"), "X-Amz-Date"),
            400,
            "AuthorizationQueryParametersError",
            V4_INCOMPLETE,
        ),
        (
            "O145",
            lambda: url("get_object").replace("%2F", "%252F"),
            400,
            "AuthorizationQueryParametersError",
            BAD_SCOPE,
        ),
        ("O155", lambda: url("get_object") + "&x-amz-request-payer=requester", 403, "SignatureDoesNotMatch", None),
    ],
)
def test_queries_that_are_no_signature(fake, fact, signed, status, code, message):
    answer = requests.get(signed())
    assert (answer.status_code, error(answer)["Code"]) == (status, code)
    assert message in (None, error(answer)["Message"])


SIGNED = {"Metadata": {"a": "b"}, "ContentType": "text/plain"}
SENT = {"x-amz-meta-a": "b", "Content-Type": "text/plain"}
UNSIGNED = "There were headers present in the request which were not signed"


@pytest.mark.parametrize(
    ("fact", "version", "headers", "code"),
    [
        ("O140", "s3v4", SENT, None),
        ("O146", "s3v4", {**SENT, "x-amz-date": "20260101T000000Z"}, "AccessDenied"),
        ("O147", "s3v4", {"x-amz-user-agent": "me"}, "AccessDenied"),
        ("O148", "s3v4", {**SENT, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, None),
        ("O148", "s3v4", {**SENT, "x-amz-expires": "3600"}, "AccessDenied"),
        ("O149", "s3v4", {"x-amz-meta-a": "b"}, "SignatureDoesNotMatch"),
        ("O149", "s3v4", {**SENT, "x-amz-meta-a": "c"}, "SignatureDoesNotMatch"),
        ("O151", "s3v4", {**SENT, "Content-Encoding": "gzip"}, None),
        ("O152", "s3", {"Content-Type": "text/plain"}, None),
        ("O152", "s3", {"Content-Type": "text/html"}, "SignatureDoesNotMatch"),
        ("O152", "s3", {}, "SignatureDoesNotMatch"),
        ("O152", "s3", {"Content-Type": "text/plain", "x-amz-meta-c": "d"}, "SignatureDoesNotMatch"),
        ("O152", "s3", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, None),
        ("O158", "s3v4", {**SENT, "x-amz-decoded-content-length": "test"}, "AccessDenied"),
    ],
)
def test_headers_that_are_signed_or_not(fake, fact, version, headers, code):
    answer = requests.put(url("put_object", version, **SIGNED), data=b"x", headers=headers)
    if code is None:
        assert answer.status_code == 200
        assert fake.object("media", "k").metadata == {"a": "b"}  # O153: in SigV2 it stands in the query
    else:
        assert (answer.status_code, error(answer)["Code"]) == (403, code)
        assert fake.object("media", "k").body == b"hello"
    if code == "AccessDenied":
        stray = sorted(name for name in headers if name.startswith("x-amz-") and name != "x-amz-meta-a")
        assert (error(answer)["Message"], error(answer)["HeadersNotSigned"]) == (UNSIGNED, ", ".join(stray))


def hoisting(method, headers, **more):
    """A URL signed as the JavaScript SDK signs: x-amz-* and conditions in the query (O153)."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

    target = "https://media.s3.us-east-1.amazonaws.com/hoisted?" + urlencode(headers)
    request = AWSRequest(method, target)
    S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1", expires=60).add_auth(request)
    return request.url


def test_what_stands_in_the_query_acts_as_a_header(fake):
    """O153, O154, O130, O150"""
    signed = hoisting(
        "PUT", {"x-amz-meta-a": "b", "x-amz-storage-class": "STANDARD_IA", "x-amz-checksum-crc32": "AAAAAA=="}
    )
    assert requests.put(signed, data=b"x").status_code == 200
    stored = fake.object("media", "hoisted")
    assert (stored.metadata, stored.storage_class, list(stored.checksums)) == ({"a": "b"}, "STANDARD_IA", ["CRC64NVME"])
    assert requests.put(signed, data=b"x", headers={"x-amz-meta-a": "b"}).status_code == 200
    once = hoisting("PUT", {"If-None-Match": "*"})
    assert error(requests.put(once, data=b"x"))["Code"] == "PreconditionFailed"
    assert error(requests.put(signed.replace("AAAAAA", "BBBBBB"), data=b"x"))["Code"] == "SignatureDoesNotMatch"


def test_a_parameter_that_was_signed_does_no_harm(fake):
    """O155"""
    assert requests.put(hoisting("PUT", {"requestedBy": "me"}), data=b"x").status_code == 200


def test_known_secrets(fake):
    signed = client(aws_access_key_id="GUEST", aws_secret_access_key="wrong").generate_presigned_url(
        "get_object", Params=K
    )
    assert requests.get(signed).content == b"hello"  # a signature of an unknown key is not checked
    fake.credentials.add("GUEST", "right", account_id="123456789012")
    assert error(requests.get(signed))["Code"] == "SignatureDoesNotMatch"
    signed = client(
        aws_access_key_id="GUEST", aws_secret_access_key="right", aws_session_token="token"
    ).generate_presigned_url("get_object", Params=K)
    assert requests.get(signed).content == b"hello"


def test_checks_can_be_switched_off():
    with FakeS3(buckets=["media"], check_signatures=False) as fake:
        fake.put("media", "k", b"hello")
        signed = url("get_object", expires=2)
        fake.clock.advance(seconds=10)
        assert requests.get(re.sub(r"(Signature=)[^&]+", r"\1forged", signed)).content == b"hello"


# Faults


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("reset_connection", requests.ConnectionError),
        ("lose_response", requests.ConnectionError),
        ("timeout", requests.ReadTimeout),
        ("connect_timeout", requests.ConnectTimeout),
        ("unreachable", requests.ConnectionError),
    ],
)
def test_faults_are_raised_as_requests_own(fake, kind, raised):
    getattr(fake.faults.on("GetObject"), kind)()
    with pytest.raises(raised):
        requests.get(url("get_object"))


def test_a_truncated_answer(fake):
    fake.faults.on("GetObject").truncate_body(after=2)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(url("get_object"))


# A user's own mocks


MINE = "https://example.com/x"


def fetch_both(mock):
    """What is theirs is answered and logged by them, what is S3's by us."""
    assert requests.get(MINE).text == "mine"
    assert requests.get(url("get_object")).content == b"hello"
    assert [call.request.url for call in mock.calls] == [MINE]


def test_mocks_inside_ours(fake):
    with responses.RequestsMock() as mock:
        mock.add("GET", MINE, body="mine")
        fetch_both(mock)


@responses.activate
def test_mocks_around_ours():
    responses.add("GET", MINE, body="mine")
    with FakeS3(buckets=["media"]) as fake:
        fake.put("media", "k", b"hello")
        fetch_both(responses)
    assert requests.get(MINE).text == "mine"


def test_a_mock_of_an_s3_url_comes_first(fake):
    with responses.RequestsMock() as mock:
        mock.add("GET", "https://media.s3.amazonaws.com/k", body="mocked")
        assert requests.get("https://media.s3.amazonaws.com/k").text == "mocked"
        assert error(requests.get("https://media.s3.amazonaws.com/other"))["Code"] == "AccessDenied"
        assert len(mock.calls) == 1


def patch_points():
    """What we, and responses, put in the place of the libraries' own."""
    from requests.adapters import HTTPAdapter

    # requests has the second one since 2.32.2
    names = [name for name in ("get_connection", "get_connection_with_tls_context") if hasattr(HTTPAdapter, name)]
    return [HTTPAdapter.send, *(getattr(HTTPAdapter, name) for name in names), responses.RequestsMock._on_request]


ORDERS = [
    ("mock", "fake", "-mock", "-fake"),
    ("mock", "fake", "-fake", "-mock"),
    ("fake", "mock", "-fake", "-mock"),
    ("fake", "mock", "-mock", "-fake"),
]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_mocks_start_and_stop_in_any_order(order):
    """While the fake is active S3 is its own; a mock that was stopped is gone."""
    before = patch_points()
    fake, mock = FakeS3(buckets=["media"], check_signatures=False), responses.RequestsMock(False)
    fake.put("media", "k", b"hello")
    mock.add("GET", MINE, body="mine")
    steps = {
        "mock": mock.start,
        "-mock": lambda: mock.stop(allow_assert=False),
        "fake": fake.start,
        "-fake": fake.stop,
    }
    active = set()
    for step in order:
        steps[step]()
        active ^= {step.removeprefix("-")}
        if "fake" in active:
            assert requests.get(RAW).content == b"hello"
        if "mock" in active:
            assert requests.get(MINE).text == "mine"
    assert before == patch_points()
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/nobody")


RAW = "https://media.s3.amazonaws.com/k?AWSAccessKeyId=a&Signature=0&Expires=99999999999"


def test_a_users_adapter_is_used(fake):
    """Its own ``send`` and its retries."""
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    sent = []

    class Adapter(HTTPAdapter):
        def send(self, request, **kwargs):
            sent.append(request.url)
            return super().send(request, **kwargs)

    with requests.Session() as session:
        session.mount("https://", Adapter(max_retries=Retry(total=3, backoff_factor=100, status_forcelist=[503])))
        fake.faults.on("GetObject").times(2).error("SlowDown")
        assert session.get(url("get_object")).content == b"hello"
        fake.faults.on("GetObject").error("SlowDown")
        with pytest.raises(requests.exceptions.RetryError):
            session.get(url("get_object"))
        fake.faults.clear()
        fake.faults.on("GetObject").times(1).reset_connection()
        assert session.get(url("get_object")).content == b"hello"
    assert len(sent) == 3
    assert [call.outcome for call in fake.calls.of("GetObject")][:3] == ["SlowDown", "SlowDown", "ok"]


def test_a_response_is_as_requests_makes_it(fake):
    answer = requests.get(url("get_object"))
    assert (answer.status_code, answer.reason, answer.ok, answer.url) == (200, "OK", True, answer.request.url)
    assert answer.raw.version == 11
    assert answer.elapsed.total_seconds() < 10
    with pytest.raises(requests.HTTPError, match="404 Client Error: Not Found"):
        requests.get(url("get_object", Key="missing")).raise_for_status()


def test_unmocked_urls_are_refused_by_the_mock(fake):
    with responses.RequestsMock(), pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
        requests.get("https://example.com/unknown")


def test_other_hosts_are_left_alone(fake):
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/nobody")


def test_exempt_endpoints_are_left_alone():
    with FakeS3(passthrough=["http://127.0.0.1:9"]):
        signed = boto3.client("s3", endpoint_url="http://127.0.0.1:9").generate_presigned_url("get_object", Params=K)
        with pytest.raises(requests.ConnectionError):
            requests.get(signed)


def test_nothing_is_left_behind():
    before = patch_points()
    with FakeS3(), FakeS3():
        assert all(now is not then for now, then in zip(patch_points()[1:], before[1:], strict=True))
    assert patch_points() == before


def test_a_url_keeps_its_query(fake):
    signed = url("get_object", ResponseContentType="text/x")
    assert dict(parse_qsl(urlsplit(signed).query))["response-content-type"] == "text/x"
    assert requests.get(signed).headers["Content-Type"] == "text/x"
