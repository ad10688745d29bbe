"""CORS: the configuration, preflights and the headers of answers (S3's manual; nothing of it is recorded)."""

import pytest
import requests

from fakes3mp import FakeS3
from tests.operations.scene import answered, refused, row

RULE = {"ID": "r", "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.com"], "AllowedHeaders": ["x-amz-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}  # fmt: skip
ANYONE = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}


def put(*rules):
    return lambda scene: scene.PutBucketCors(CORSConfiguration={"CORSRules": list(rules)})


ROWS = [
    row("manual", "put and get", lambda s: (put(RULE, ANYONE)(s), s.GetBucketCors())[1], answered(CORSRules=[RULE, ANYONE])),
    row("manual", "untouched", lambda s: s.GetBucketCors(), refused("NoSuchCORSConfiguration", 404, BucketName="bucket")),
    row("manual", "deleted", lambda s: (put(RULE)(s), s.DeleteBucketCors(), s.GetBucketCors()), refused("NoSuchCORSConfiguration", 404, BucketName="bucket")),
    row("manual", "deleted twice", lambda s: (s.DeleteBucketCors(), s.DeleteBucketCors())[1], answered()),
    row("manual", "no rules", put(), refused("MalformedXML", 400)),
    row("manual", "another method", put({**ANYONE, "AllowedMethods": ["PATCH"]}), refused("InvalidRequest", 400, "Found unsupported HTTP method in CORS config. Unsupported method is PATCH")),
    row("manual", "two wildcards", put({**ANYONE, "AllowedOrigins": ["http://*.*"]}), refused("InvalidRequest", 400, 'AllowedOrigin "http://*.*" can not have more than one wildcard.')),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_configuration(scene, act, expect):
    expect.check(scene, act)


@pytest.fixture
def fake():
    with FakeS3(buckets=["media", "closed"]) as fake:
        fake.client().put_bucket_cors(Bucket="media", CORSConfiguration={"CORSRules": [RULE, ANYONE]})
        yield fake


def ask(origin, method, headers=None, bucket="media"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return requests.options(
        f"https://{bucket}.s3.amazonaws.com/k", headers={name: value for name, value in asked.items() if value}
    )


@pytest.mark.parametrize(
    ("origin", "method", "headers", "allowed"),
    [
        ("https://a.example.com", "PUT", "X-Amz-Meta-A, x-amz-date", "https://a.example.com"),
        ("https://a.example.com", "PUT", "content-type", None),
        ("https://elsewhere.com", "PUT", None, None),
        ("https://elsewhere.com", "GET", None, "*"),
        ("https://a.example.com", "DELETE", None, None),
    ],
)
def test_preflights(fake, origin, method, headers, allowed):
    answer = ask(origin, method, headers)
    assert answer.status_code == (200 if allowed else 403)
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    if allowed is None:
        assert "<Code>AccessForbidden</Code>" in answer.text
    if headers and allowed:
        assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-meta-a, x-amz-date"
        assert (answer.headers["Access-Control-Max-Age"], answer.headers["Access-Control-Expose-Headers"]) == (
            "60",
            "ETag",
        )


def test_preflights_that_cannot_be_allowed(fake):
    assert "CORS is not enabled for this bucket." in ask("https://a", "GET", bucket="closed").text
    assert ask("https://a", "GET", bucket="missing").status_code == 404
    assert ask("https://a", None).status_code == 400


def test_answers_tell_it_too(fake):
    fake.put("media", "k", b"x")
    url = fake.client().generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "k"})
    assert (
        requests.get(url, headers={"Origin": "https://a.example.com"}).headers["Access-Control-Allow-Origin"]
        == "https://a.example.com"
    )
    refused = requests.get(url + "x", headers={"Origin": "https://elsewhere.com"})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (403, "*")
    assert "Access-Control-Allow-Origin" not in requests.get(url).headers
