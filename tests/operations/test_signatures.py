"""What S3 refuses about signatures: O214, O215, O217, O230, and the forms that numbers and dates have in them."""

import base64
import json
import re
import xml.etree.ElementTree as ET

import boto3
import pytest
import requests
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

KEYS = Credentials(ACCESS_KEY, SECRET_KEY)
K = {"Bucket": "media", "Key": "k"}
GLOBAL = "https://s3.amazonaws.com"


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        fake.put("media", "k", b"hello")
        yield fake


@pytest.fixture(params=["requests", "server"])
def origin(request, fake):
    """Where S3 is: at Amazon's global host, or served over a socket."""
    if request.param == "requests":
        yield GLOBAL
        return
    from fakes3mp.server.server import Server

    with Server(fake) as server:
        yield server.url


def error(response):
    fields = {child.tag: child.text or "" for child in ET.fromstring(response.content)}
    return {name: value for name, value in fields.items() if name not in ("RequestId", "HostId")}


def presign(origin, *, expires=60, region="us-east-1", version="s3v4", path="/media/k"):
    request = AWSRequest("GET", origin + path)
    if version == "s3":
        HmacV1QueryAuth(KEYS, expires).add_auth(request)
    else:
        S3SigV4QueryAuth(KEYS, "s3", region, expires=expires).add_auth(request)
    return request.prepare().url


WEEK = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
NUMBER = "X-Amz-Expires should be a number"
DATE = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""

# fact, parameter, its value in the query, message; None where the URL is good
QUERIES = [
    ("O214", "X-Amz-Expires", "604800", None),
    ("O214", "X-Amz-Expires", "604801", WEEK),
    ("O214", "X-Amz-Expires", "999999999999999999", WEEK),
    ("O214", "X-Amz-Expires", "-1", "X-Amz-Expires must be non-negative"),
    ("O214", "X-Amz-Expires", "-604801", "X-Amz-Expires must be non-negative"),
    ("wording not verified", "X-Amz-Expires", "soon", NUMBER),
    ("wording not verified", "X-Amz-Expires", "", NUMBER),
    ("wording not verified", "X-Amz-Expires", "%2B5", NUMBER),
    ("wording not verified", "X-Amz-Expires", "6_0", NUMBER),
    ("wording not verified", "X-Amz-Expires", "%D9%A5", NUMBER),
    ("wording not verified", "X-Amz-Expires", "9" * 5000, NUMBER),
    ("wording not verified", "X-Amz-Date", "yesterday", DATE),
    ("wording not verified", "X-Amz-Date", "20261301T000000Z", DATE),
    ("wording not verified", "X-Amz-Date", "2026-11-25T00:00:00Z", DATE),
    ("wording not verified", "X-Amz-Date", "99991231T235959Z", DATE),
    ("wording not verified", "X-Amz-Date", "00000101T000000Z", DATE),
]


@pytest.mark.parametrize(("fact", "name", "value", "message"), QUERIES)
def test_parameters_of_presigned_urls(origin, fact, name, value, message):
    if message is None:
        assert requests.get(presign(origin, expires=int(value))).content == b"hello"
        return
    answer = requests.get(re.sub(f"{name}=[^&]*", f"{name}={value}", presign(origin)))
    assert (answer.status_code, error(answer)) == (
        400,
        {"Code": "AuthorizationQueryParametersError", "Message": message},
    )


def test_zero_seconds_are_over_at_once(origin):
    """O214"""
    answer = requests.get(presign(origin, expires=0))
    assert (answer.status_code, error(answer)["Message"]) == (403, "Request has expired")
    assert error(answer)["X-Amz-Expires"] == "0"


@pytest.mark.parametrize("value", ["soon", "%2B5", "%D9%A5", "9" * 5000, "9" * 18, ""])
def test_dates_of_sigv2_urls(origin, value):
    answer = requests.get(re.sub("Expires=[^&]*", f"Expires={value}", presign(origin, version="s3")))
    assert (answer.status_code, error(answer)["Code"]) == (403, "AccessDenied")
    assert error(answer)["Message"].startswith("Invalid date (should be seconds since epoch): ")


# The region that is signed for

HEADER = "AWS4-HMAC-SHA256 Credential=SOMEBODY/20260101/{}/s3/aws4_request, SignedHeaders=host, Signature=0"

# host, region that is signed for, the one expected; None where it is good
REGIONS = [
    ("https://s3.us-east-1.amazonaws.com", "aws-global", "us-east-1"),
    ("https://s3.us-east-1.amazonaws.com", "us-east-1", None),
    ("https://s3.eu-west-1.amazonaws.com", "us-east-1", "eu-west-1"),
    ("https://s3.dualstack.eu-west-1.amazonaws.com", "us-east-1", "eu-west-1"),
    ("https://s3.amazonaws.com", "eu-west-1", "us-east-1"),
    ("https://s3.amazonaws.com", "us-east-1", None),
    ("http://localhost:9000", "anywhere", None),
]


@pytest.mark.parametrize(("host", "region", "expected"), REGIONS)
@pytest.mark.parametrize("path", ["/", "/media/k"])
def test_the_region_in_a_header(fake, host, region, expected, path):
    """O215"""
    boto3.client("s3", endpoint_url="http://localhost:9000").list_buckets()  # so that this host is known as S3's
    headers = {"Authorization": HEADER.format(region), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    answer = requests.get(host + path, headers=headers, allow_redirects=False)
    if expected is None:
        assert answer.status_code == 200
        return
    message = f"The authorization header is malformed; the region '{region}' is wrong; expecting '{expected}'"
    assert (answer.status_code, error(answer)) == (
        400,
        {"Code": "AuthorizationHeaderMalformed", "Message": message, "Region": expected},
    )


@pytest.mark.parametrize(("host", "region", "expected"), REGIONS)
def test_the_region_in_a_url(fake, host, region, expected):
    """O215"""
    answer = requests.get(presign(host, region=region), allow_redirects=False)
    if expected is None:
        assert answer.content == b"hello"
        return
    assert (answer.status_code, error(answer)["Code"], error(answer)["Region"]) == (
        400,
        "AuthorizationQueryParametersError",
        expected,
    )


def test_the_region_in_a_url_at_the_global_virtual_host(fake):
    """O215, O245: there the bucket's own region is expected."""
    fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    fake.put("far", "k", b"far")
    host = "https://far.s3.amazonaws.com"
    assert requests.get(presign(host, region="eu-west-1", path="/k")).content == b"far"
    answer = requests.get(presign(host, region="us-east-1", path="/k"))
    assert (error(answer)["Code"], error(answer)["Region"]) == ("AuthorizationQueryParametersError", "eu-west-1")


@pytest.mark.parametrize("wire", ["auto", "http"])
def test_the_region_of_a_client(wire):
    """O215: a client whose endpoint is another region's."""
    with FakeS3(buckets=["media"], wire=wire):
        s3 = boto3.client("s3", region_name="us-west-2", endpoint_url="https://s3.eu-west-1.amazonaws.com")
        with pytest.raises(ClientError, match="the region 'us-west-2' is wrong; expecting 'eu-west-1'"):
            s3.list_buckets()


# Signature version 2

UNSUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
OLD = [
    *("us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
    "sa-east-1",
]
NEW = ["eu-central-1", "us-east-2", "ap-south-1", "ca-central-1", "eu-west-3"]


@pytest.mark.parametrize("region", [*OLD, *NEW])
@pytest.mark.parametrize("way", ["URL", "header", "client", "form"])
def test_version_2_is_refused_in_new_regions(region, way):
    """O217"""
    host = f"https://s3.{region}.amazonaws.com"
    with FakeS3(buckets=["media"], region=region) as fake:
        fake.put("media", "k", b"hello")
        s3 = boto3.client("s3", region_name=region, config=Config(signature_version="s3"))
        if way == "client":
            if region in OLD:
                assert s3.get_object(**K)["Body"].read() == b"hello"
            else:
                with pytest.raises(ClientError, match=r"InvalidRequest.*Please use AWS4-HMAC-SHA256"):
                    s3.get_object(**K)
            return
        if way == "URL":
            answer = requests.get(presign(host, version="s3"))
        elif way == "header":
            answer = requests.get(f"{host}/media/k", headers={"Authorization": "AWS SOMEBODY:0"})
        else:
            form = s3.generate_presigned_post("media", "posted")
            answer = requests.post(f"{host}/media", data=form["fields"], files={"file": b"x"})
        if region in OLD:
            assert answer.status_code in (200, 204)
        else:
            assert (answer.status_code, error(answer)) == (400, {"Code": "InvalidRequest", "Message": UNSUPPORTED})


# Forms


def post(fake, policy):
    """A form with this policy, which is signed."""
    form = boto3.client("s3").generate_presigned_post("media", "posted")["fields"]
    fields = {**form, "policy": base64.b64encode(policy.encode()).decode()}
    return requests.post("https://media.s3.amazonaws.com/", data=fields, files={"file": b"x"})


EXPIRATIONS = [
    *("2099-01-01", "2099-01-01T00:00:00", "2099-01-01T00:00:00+00:00", "2099-01-01T00:00Z", "2099-01-01 00:00:00Z"),
    *("20990101T000000Z", "2099-01-01T00:00:00.1Z", "2099-13-01T00:00:00Z", "2099-01-01t00:00:00z", "tomorrow", ""),
    *("2099-W01-1T00:00:00Z", "\u0662099-01-01T00:00:00Z"),
]


@pytest.fixture
def unchecked():
    """A fake that takes any signature, so that only the policy counts."""
    with FakeS3(buckets=["media"]) as fake:
        fake._service.credentials.secrets_of = lambda access_key, *, with_learned: ()
        yield fake


@pytest.mark.parametrize("expiration", EXPIRATIONS)
def test_an_expiration_has_one_form(unchecked, expiration):
    """O230"""
    answer = post(unchecked, json.dumps({"expiration": expiration, "conditions": []}, ensure_ascii=False))
    assert (answer.status_code, error(answer)) == (
        400,
        {"Code": "InvalidPolicyDocument", "Message": f"Invalid Policy: Invalid 'expiration' value: '{expiration}'"},
    )


@pytest.mark.parametrize("expiration", ["2099-01-01T00:00:00Z", "2099-01-01T00:00:00.000Z", "9999-12-31T23:59:59Z"])
def test_good_expirations(unchecked, expiration):
    """O230"""
    answer = post(unchecked, json.dumps({"expiration": expiration, "conditions": []}))
    assert error(answer)["Message"].startswith("Invalid according to Policy: Extra input fields")


NESTED = "[" * 100_000 + "]" * 100_000
POLICIES = [
    *("null", "5", '"x"', "[]", "{", NESTED, '{"expiration": 5}', '{"expiration": null}', '{"expiration": [[]]}'),
    f'{{"expiration": "2099-01-01T00:00:00Z", "conditions": {NESTED}}}',
    *(
        f'{{"expiration": "2099-01-01T00:00:00Z", "conditions": {conditions}}}'
        for conditions in (
            *("5", "null", "[5]", "[null]", "[[]]", "[{}]", '["eq"]', '[["eq", ["$key"], "posted"]]'),
            '[["eq", "$key", ["posted"]]]',
            '[{"key": {"a": "b"}}]',
        )
    ),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy[:70])
def test_policies_that_are_none(unchecked, policy):
    """An error of S3's, whatever the document is."""
    answer = post(unchecked, policy)
    assert (answer.status_code, error(answer)["Code"]) == (400, "InvalidPolicyDocument")
    assert unchecked.buckets["media"].keys() == []


@pytest.mark.parametrize("bound", ['"x"', "1e400", "NaN", "null", "9" * 4000])
def test_bounds_of_a_range(unchecked, bound):
    policy = f'{{"expiration": "2099-01-01T00:00:00Z", "conditions": [["content-length-range", {bound}, 10]]}}'
    answer = post(unchecked, policy)
    assert answer.status_code in (400, 403)
    assert error(answer)["Code"] in ("AccessDenied", "EntityTooSmall", "InvalidPolicyDocument")


REDIRECTS = [
    "http://[",
    "http://exa mple.com/",
    "http://example.com/\r\nX-Injected: 1",
    "http://example.com/\x00",
    "http://example.com/\x7f",
    "/relative",
    "example.com",
    "http://[::zz]/",
]


@pytest.mark.parametrize("redirect", REDIRECTS)
def test_redirects_that_cannot_be_read_are_as_good_as_none(fake, redirect):
    """O161"""
    fields = {"success_action_redirect": redirect}
    form = boto3.client("s3").generate_presigned_post("media", "posted", Fields=fields, Conditions=[fields])
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"x"}, allow_redirects=False)
    assert answer.status_code == 204
    assert answer.headers["Location"] == "https://media.s3.amazonaws.com/posted"


TAGGINGS = [
    ("<Tagging>text</Tagging>", 204),
    ("<Tagging><TagSet>text</TagSet></Tagging>", 204),
    ("<Tagging><TagSet><Tag>text</Tag></TagSet></Tagging>", 400),
    ("<Tagging><TagSet><Tag/></TagSet></Tagging>", 204),
    ("<Other/>", 204),
    ("", 400),
    ("<a", 400),
    ('<?xml version="1.0" encoding="klingon"?><Tagging/>', 400),
    ("<Tagging><TagSet>" + "<a>" * 20_000 + "</a>" * 20_000 + "</TagSet></Tagging>", 204),
]


@pytest.mark.parametrize(("tagging", "status"), TAGGINGS, ids=lambda value: str(value)[:40])
def test_the_tagging_field(fake, tagging, status):
    """O177"""
    form = boto3.client("s3").generate_presigned_post("media", "posted", Conditions=[["starts-with", "$tagging", ""]])
    fields = {**form["fields"], "tagging": tagging}
    answer = requests.post(form["url"], data=fields, files={"file": b"x"})
    assert answer.status_code == status
    assert (fake.buckets["media"].keys() == ["k"]) == (status == 400)
