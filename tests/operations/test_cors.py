"""CORS: the configuration, preflights and the headers of answers (S3's manual; nothing of it is recorded)."""

import pytest
import requests

from fakes3mp import FakeS3
from tests.operations.scene import expect_answer, expect_error, row

RULE = {"ID": "r", "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.com"], "AllowedHeaders": ["x-amz-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}  # fmt: skip
ANYONE = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}


def put(*rules):
    return lambda scene: scene.PutBucketCors(CORSConfiguration={"CORSRules": list(rules)})


ROWS = [
    row("manual", "put and get", lambda s: (put(RULE, ANYONE)(s), s.GetBucketCors())[1], expect_answer(CORSRules=[RULE, ANYONE])),
    row("manual", "untouched", lambda s: s.GetBucketCors(), expect_error("NoSuchCORSConfiguration", 404, BucketName="bucket")),
    row("manual", "deleted", lambda s: (put(RULE)(s), s.DeleteBucketCors(), s.GetBucketCors()), expect_error("NoSuchCORSConfiguration", 404, BucketName="bucket")),
    row("manual", "deleted twice", lambda s: (s.DeleteBucketCors(), s.DeleteBucketCors())[1], expect_answer()),
    row("manual", "no rules", put(), expect_error("MalformedXML", 400)),
    row("manual", "unknown method", put({**ANYONE, "AllowedMethods": ["PATCH"]}), expect_error("InvalidRequest", 400, "Found unsupported HTTP method in CORS config. Unsupported method is PATCH")),
    row("O221", "a wildcard to expose", put({**ANYONE, "ExposeHeaders": ["*"]}), expect_error("InvalidRequest", 400, 'ExposeHeader "*" contains wildcard. We currently do not support wildcard for ExposeHeader.')),
    row("O221", "a wildcard in a header to expose", put({**ANYONE, "ExposeHeaders": ["x-*"]}), expect_error("InvalidRequest", 400, 'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.')),
    row("O221", "no header's name", put({**ANYONE, "AllowedHeaders": ["bad header"]}), expect_error("InvalidRequest", 400, 'AllowedHeader "bad header" contains invalid character.')),
    row("O221", "no header's name to expose", put({**ANYONE, "ExposeHeaders": ["a\nb"]}), expect_error("InvalidRequest", 400, 'ExposeHeader "a\nb" contains invalid character.')),
    row("O221", "wildcards that are allowed", put({**ANYONE, "AllowedHeaders": ["*", "x-amz-*"], "ExposeHeaders": ["x-amz-id-2"]}), expect_answer()),
    row("O344", "more seconds than an integer", put({**ANYONE, "MaxAgeSeconds": 2**31}), expect_error("MalformedXML", 400)),
    row("manual", "two wildcards", put({**ANYONE, "AllowedOrigins": ["http://*.*"]}), expect_error("InvalidRequest", 400, 'AllowedOrigin "http://*.*" can not have more than one wildcard.')),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_configuration(scene, act, expect):
    expect.check(scene, act)


@pytest.fixture
def fake():
    with FakeS3(buckets=["media", "closed"]) as fake:
        fake.client().put_bucket_cors(Bucket="media", CORSConfiguration={"CORSRules": [RULE, ANYONE]})
        yield fake


def preflight(origin, method, headers=None, bucket="media"):
    request_headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        request_headers["Access-Control-Request-Headers"] = headers
    return requests.options(
        f"https://{bucket}.s3.amazonaws.com/k",
        headers={name: value for name, value in request_headers.items() if value},
    )


@pytest.mark.parametrize(
    ("origin", "method", "headers", "allowed_origin"),
    [
        ("https://a.example.com", "PUT", "X-Amz-Meta-A, x-amz-date", "https://a.example.com"),
        ("https://a.example.com", "PUT", "content-type", None),
        ("https://elsewhere.com", "PUT", None, None),
        ("https://elsewhere.com", "GET", None, "*"),
        ("https://a.example.com", "DELETE", None, None),
    ],
)
def test_preflights(fake, origin, method, headers, allowed_origin):
    answer = preflight(origin, method, headers)
    assert answer.status_code == (200 if allowed_origin else 403)
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed_origin
    if allowed_origin is None:
        assert "<Code>AccessForbidden</Code>" in answer.text
    if headers and allowed_origin:
        assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-meta-a, x-amz-date"
        assert (answer.headers["Access-Control-Max-Age"], answer.headers["Access-Control-Expose-Headers"]) == (
            "60",
            "ETag",
        )


def test_preflights_without_a_rule_a_bucket_or_a_method(fake):
    assert "CORS is not enabled for this bucket." in preflight("https://a", "GET", bucket="closed").text
    assert preflight("https://a", "GET", bucket="missing").status_code == 403
    assert preflight("https://a", None).status_code == 403


def test_headers_of_answers(fake):
    fake.put("media", "k", b"x")
    url = fake.client().generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"})
    assert (
        requests.get(url, headers={"Origin": "https://a.example.com"}).headers["Access-Control-Allow-Origin"]
        == "https://a.example.com"
    )
    error = requests.get(url + "x", headers={"Origin": "https://elsewhere.com"})
    assert (error.status_code, error.headers["Access-Control-Allow-Origin"]) == (403, "*")
    assert "Access-Control-Allow-Origin" not in requests.get(url).headers
