"""Values that nobody can read, wherever a request has a value: S3's error or an answer, never an exception of ours.

Among them are keys with ``://``, unknown encodings, numbers of 5,000 digits, dates out of every range, texts that would end a
header. Every row goes through the request pipeline and through the server's own reading of HTTP.
"""

import io
from base64 import b64encode
from hashlib import md5
from urllib.parse import quote

import pytest
import requests

from fakes3mp import FakeS3, wsgi_app
from fakes3mp.wire.messages import Request
from tests.wire.senders import AUTHORIZATION, SENDERS

ROOT = "https://bucket.s3.us-east-1.amazonaws.com"
HEADERS = {"authorization": AUTHORIZATION, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
NUMBERS = [
    "9" * 5000,
    "-" + "9" * 5000,
    "0" * 5000,
    "1" * 19,
    "1_0",
    "\u0661",
    "\u00b2",
    "1e9",
    "NaN",
    " 1",
    "0x1",
    "",
    "+",
    "--1",
]
DATES = [
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z"),
    *(
        "9" * 400,
        "-" + "9" * 20,
        "1e400",
        "nan",
        "inf",
        "Mon, 99 Foo 2026 99:99:99 GMT",
        "2026-02-30T00:00:00Z",
        "2026",
    ),
    *(
        "12345678901234567890",
        "T",
        "::",
        "2026-01-01T00:00:00+99:99",
        "Sat, 01 Jan 0001 00:00:00 GMT",
        "a" * 5000,
        "\x00",
        "",
    ),
]
TEXTS = ["a\r\nSet-Cookie: b", "a\nb", "a\x00b", "\ud800", "\uffff", "=?UTF-8?B?AAEC?=", "=?UTF-8?B?DQo=?=", "\u2019"]


@pytest.fixture
def fake():
    fake = FakeS3(buckets=["bucket"], open_uploads="ignore")
    fake.put("bucket", "key", b"body")
    return fake


def send(fake, method, path, headers=(), body=b""):
    """A response without anything that could end a header."""
    digest = {"content-md5": b64encode(md5(body).digest()).decode()} if body else {}
    headers = {"content-length": str(len(body)), **digest, **HEADERS, **dict(headers)}
    response = fake.handle(Request(method, ROOT + path, headers, body))
    assert 200 <= response.status < 500 or response.status in (501, 503)
    for name, value in response.headers.items():
        assert not set("\r\n\x00") & {*name, *value}
    return response


NUMBER_HEADERS = [
    *(
        "content-length",
        "x-amz-mp-object-size",
        "x-amz-max-parts",
        "x-amz-part-number-marker",
        "x-amz-write-offset-bytes",
    ),
    *("x-amz-expected-bucket-owner", "x-amz-missing-meta", "x-amz-object-lock-mode", "x-amz-decoded-content-length"),
    "x-amz-if-match-size",
]
NUMBER_PARAMETERS = [
    "max-keys",
    "max-parts",
    "partNumber",
    "part-number-marker",
    "max-uploads",
    "max-buckets",
    "versionId",
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: repr(number)[:12])
def test_numbers(fake, number):
    methods = (("GET", "/key"), ("PUT", "/key"), ("POST", "/key?uploads"), ("DELETE", "/key"), ("GET", "/?list-type=2"))
    for method, path in methods:
        for header in NUMBER_HEADERS:
            send(fake, method, path, {header: number})
        for parameter in NUMBER_PARAMETERS:
            send(fake, method, f"{path}{'&' if '?' in path else '?'}{parameter}={quote(number)}")
    for text in (f"bytes={number}-", f"bytes=0-{number}", f"bytes=-{number}", f"bytes={number}-{number}", number):
        send(fake, "GET", "/key", {"range": text})
        send(
            fake,
            "PUT",
            "/key?partNumber=1&uploadId=x",
            {"x-amz-copy-source": "bucket/key", "x-amz-copy-source-range": text},
        )
    for text in (f"attempt={number}; max={number}", f"attempt=1; max={number}"):
        send(fake, "GET", "/key", {"amz-sdk-request": text})
    for parameter in ("X-Amz-Expires", "Expires", "X-Amz-Date"):
        query = f"X-Amz-Algorithm=a&X-Amz-Credential=a/20260101/us-east-1/s3/aws4_request&X-Amz-Signature=0&X-Amz-SignedHeaders=host&{parameter}={quote(number)}"
        send(fake, "GET", f"/key?{query}")
        send(fake, "GET", f"/key?AWSAccessKeyId=a&Signature=b&{parameter}={quote(number)}")


DATE_HEADERS = [
    *(
        "if-modified-since",
        "if-unmodified-since",
        "x-amz-copy-source-if-modified-since",
        "expires",
        "date",
        "x-amz-date",
    ),
    *("x-amz-object-lock-retain-until-date", "x-amz-if-match-last-modified-time", "x-amz-if-match-initiated-time"),
]
DOCUMENTS = [
    ("PUT", "/?lifecycle", "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Date>{}</Date></Expiration></Rule></LifecycleConfiguration>"),
    ("PUT", "/?lifecycle", "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>{}</Days></Expiration></Rule></LifecycleConfiguration>"),
    ("PUT", "/key?retention", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>"),
    ("PUT", "/?object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>{}</Days></DefaultRetention></Rule></ObjectLockConfiguration>"),
    ("PUT", "/?cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><MaxAgeSeconds>{}</MaxAgeSeconds></CORSRule></CORSConfiguration>"),
    ("POST", "/?delete", "<Delete><Quiet>{0}</Quiet><Object><Key>x{0}</Key><Size>{0}</Size><LastModifiedTime>{0}</LastModifiedTime></Object></Delete>"),
    ("POST", "/key?uploadId=x", "<CompleteMultipartUpload><Part><PartNumber>{}</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"),
    ("POST", "/key?restore", "<RestoreRequest><Days>{}</Days></RestoreRequest>"),
]  # fmt: skip


@pytest.mark.parametrize("date", DATES, ids=lambda date: repr(date)[:36])
def test_dates(fake, date):
    for header in DATE_HEADERS:
        for method, path in (("GET", "/key"), ("PUT", "/key"), ("DELETE", "/key"), ("DELETE", "/key?uploadId=x")):
            send(fake, method, path, {header: date})
        send(fake, "PUT", "/copy", {"x-amz-copy-source": "bucket/key", header: date})
    fake.put("bucket", "key", b"body")
    send(fake, "GET", f"/key?response-expires={quote(date)}")
    send(
        fake,
        "GET",
        f"/key?X-Amz-Algorithm=a&X-Amz-Credential=a/20260101/us-east-1/s3/aws4_request&X-Amz-Signature=0&X-Amz-SignedHeaders=host&X-Amz-Expires=1&X-Amz-Date={quote(date)}",
    )
    send(fake, "GET", f"/key?AWSAccessKeyId=a&Signature=b&Expires={quote(date)}")


@pytest.mark.parametrize("value", [*NUMBERS, *DATES, *TEXTS], ids=lambda value: repr(value)[:36])
def test_documents(fake, value):
    """After each, ordinary calls on the bucket still work."""
    for method, path, document in DOCUMENTS:
        send(fake, method, path, body=document.format(value).encode("utf-8", "replace"))
        assert send(fake, "PUT", "/k", body=b"x").status == 200
        assert send(fake, "GET", "/k").status == 200
        assert send(fake, "GET", "/?list-type=2").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0" encoding="martian"?><Delete><Object><Key>k</Key></Object></Delete>',
        b'<?xml version="1.0" encoding="utf-7"?><Delete><Object><Key>k</Key></Object></Delete>',
        b'<?xml version="1.0" encoding="idna"?><Delete/>',
        b'<?xml version="1.0" encoding="base64"?><Delete/>',
        b'<?xml version="1.0" encoding=""?><Delete/>',
        b"\xff\xfe<\x00D\x00",
        b"<a>" * 100_000,
        b"<Delete>" * 100_000 + b"</Delete>" * 100_000,
        b"<Delete><Object><Key>" + b"<Key>" * 1000 + b"</Key>" * 1000 + b"</Key></Object></Delete>",
        b'<Delete xmlns:a="b" a:c="d" Quiet="e"><Object e="f"><Key g="h"/></Object></Delete>',
        b"<Delete><Object/><Object/><Quiet><a/></Quiet></Delete>",
        b"<Delete:a:b><Object/></Delete:a:b>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Delete/>',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"null",
        b"\x00",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_bodies(fake, body):
    for path in ("/?delete", "/key?uploadId=x", "/key?restore", "/key?select&select-type=2"):
        send(fake, "POST", path, body=body)
    for name in (
        "acl",
        "cors",
        "encryption",
        "lifecycle",
        "notification",
        "object-lock",
        "policy",
        "tagging",
        "versioning",
    ):
        assert send(fake, "PUT", f"/?{name}", body=body).status >= 400
    assert send(fake, "PUT", "/k", body=b"x").status == 200
    assert send(fake, "GET", "/?list-type=2").status == 200


KEYS = ["http://example.com/a", "://", "a://b", "s3://bucket/key", "//a", "?", "#", "[", "]", "//[", "%", "%zz", "%ff", "%00", "%0d%0a", "*", "@", ":80", "a:b@c"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_keys(fake, key):
    """As they are sent, without being escaped."""
    app, statuses = wsgi_app(fake), []
    for path in (f"/bucket/{key}", key):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "RAW_URI": path, "HTTP_HOST": "h", "SERVER_NAME": "h"}
        environ |= {"SERVER_PORT": "80", "wsgi.url_scheme": "http", "HTTP_AUTHORIZATION": AUTHORIZATION}
        app({**environ, "wsgi.input": io.BytesIO()}, lambda status, headers: statuses.append(int(status[:3])))
    assert all(200 <= status < 500 for status in statuses)
    if "?" not in key and "#" not in key:
        assert send(fake, "PUT", f"/{key}", body=b"x").status in (200, 400)
        assert send(fake, "GET", "/?list-type=2").status == 200


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_texts_in_headers(fake, text):
    """Nothing with CR, LF or NUL ever leaves as a header."""
    stored = {
        **dict.fromkeys(("cache-control", "content-disposition", "content-encoding", "content-language"), text),
        **{"content-type": text, "expires": text, "x-amz-meta-a": text, f"x-amz-meta-{text}": "b"},
        **{"x-amz-website-redirect-location": "/" + text, "x-amz-storage-class": text},
    }
    for name, value in stored.items():
        send(fake, "PUT", "/key", {name: value})
        send(fake, "GET", "/key")
        send(fake, "HEAD", "/key")
    cors = "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*{0}</AllowedOrigin><AllowedHeader>*</AllowedHeader><ExposeHeader>{0}</ExposeHeader></CORSRule></CORSConfiguration>"
    send(fake, "PUT", "/?cors", body=cors.format(text.replace("\x00", "&#10;")).encode("utf-8", "replace"))
    send(fake, "GET", "/key", {"origin": f"https://{text}", "access-control-request-headers": text})
    send(
        fake,
        "OPTIONS",
        "/key",
        {"origin": f"https://{text}", "access-control-request-method": "GET", "access-control-request-headers": text},
    )
    send(fake, "OPTIONS", "/key", {"origin": f"https://{text}", "access-control-request-method": text})
    for header in (
        "authorization",
        "x-amz-copy-source",
        "x-amz-tagging",
        "x-amz-acl",
        "range",
        "if-match",
        "x-amz-grant-read",
    ):
        send(fake, "PUT", "/other", {header: text})
        send(fake, "GET", "/key", {header: text})


@pytest.mark.parametrize("text", [text for text in TEXTS if text.isascii() and "=" not in text], ids=ascii)
@pytest.mark.parametrize("name", ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"])  # fmt: skip
@pytest.mark.parametrize("sender", SENDERS)
def test_overrides(fake, sender, name, text):
    """O306, with a signature: 400, whoever asks."""
    with SENDERS[sender](fake) as way:
        answer = way.send("GET", f"/bucket/key?response-{name}={quote(text)}")
        assert answer.status == 400
        assert b"<Code>InvalidArgument</Code>" in answer.body
        assert "set-cookie" not in answer.headers


FORM_FIELDS = ["tagging", "success_action_redirect", "success_action_status", "key", "acl", "policy", "x-amz-meta-a", "Expires", "x-amz-meta-a\r\nb", "x-amz-signature"]  # fmt: skip


@pytest.mark.parametrize("field", FORM_FIELDS, ids=ascii)
@pytest.mark.parametrize(
    "value",
    [*TEXTS, "9" * 5000, "<a>" * 5000, "https://h/\r\nSet-Cookie: a=b", "http://[", "e30=", "{"],
    ids=lambda v: ascii(v[:20]),
)
def test_forms(fake, field, value):
    data = value.encode("utf-8", "replace")
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in (("key", b"k"), (field, data), ("file", b"body"))
    )
    headers = {"content-type": "multipart/form-data; boundary=x", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    send(fake, "POST", "/", headers, parts + b"--x--\r\n")


def test_texts_over_http(fake):
    """The same on a socket, for a client that reads headers strictly."""
    with SENDERS["server"](fake) as way:
        fake.put("bucket", "key", b"body", CacheControl="a\r\nSet-Cookie: b", Metadata={"a": "b\r\nc"})
        signed = way._server.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
        answer = requests.get(signed)
        assert (answer.status_code, answer.content) == (200, b"body")
        assert "Set-Cookie" not in answer.headers
