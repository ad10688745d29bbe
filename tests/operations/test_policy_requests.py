"""What conditions know of a request's connection and signature, in process and through the server (O273)."""

import json
import urllib.request
from urllib.error import HTTPError

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from tests.operations.test_policies import GUEST, OBJECTS, OWNER, READ, deny, outcome, statement


@pytest.fixture
def fake():
    with FakeS3(buckets=["bucket"], open_uploads="ignore") as fake:
        fake.put("bucket", "key", b"x")
        fake.credentials.add("OWNER", "secret", account_id=OWNER)
        fake.credentials.add("GUEST", "secret", account_id=GUEST)
        yield fake


def client(key="OWNER", **options):
    return boto3.client("s3", aws_access_key_id=key, aws_secret_access_key="secret", **options)


def deny_reads(fake, operator, key, value, action="s3:GetObject"):
    """Deny reads under a condition, by bucket policy."""
    policy = {"Principal": "*", **deny(action, OBJECTS, Condition={operator: {key: value}})}
    fake.client().put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": policy}))


def is_allowed(s3):
    code = outcome(lambda: s3.get_object(Bucket="bucket", Key="key")["Body"].read())
    assert code in ("ok", "AccessDenied")
    return code == "ok"


def test_secure_transport(fake):
    deny_reads(fake, "Bool", "aws:SecureTransport", "false")
    assert is_allowed(client())
    assert not is_allowed(client(endpoint_url="http://localhost:9000"))
    assert is_allowed(client(endpoint_url="https://localhost:9000"))
    with fake.serve() as server:
        assert not is_allowed(client(endpoint_url=server.url))


def test_tls_version(fake):
    deny_reads(fake, "NumericLessThan", "s3:TlsVersion", "1.2")
    assert is_allowed(client())


def test_user_agent(fake):
    deny_reads(fake, "StringLike", "aws:UserAgent", "*intruder*")
    assert is_allowed(client())
    assert not is_allowed(client(config=Config(user_agent_extra="intruder")))


def test_referer(fake):
    """Of presigned URLs, which browsers send with a referer."""
    deny_reads(fake, "StringNotLike", "aws:Referer", "https://example.com/*")
    url = client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    assert requests.get(url, headers={"Referer": "https://example.com/page"}).text == "x"
    assert requests.get(url).status_code == 403
    assert requests.get(url, headers={"Referer": "https://intruder.com/"}).status_code == 403


@pytest.mark.parametrize(
    ("key", "value", "by_header", "by_url"),
    [("s3:authType", "REST-QUERY-STRING", True, False), ("s3:authType", "REST-HEADER", False, True),
     ("s3:signatureversion", "AWS4-HMAC-SHA256", False, False), ("s3:signatureversion", "AWS", True, True)],
)  # fmt: skip
def test_signatures(fake, key, value, by_header, by_url):
    deny_reads(fake, "StringEquals", key, value)
    assert is_allowed(client()) is by_header
    signed = client(config=Config(signature_version="s3v4"))
    url = signed.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    assert (requests.get(url).status_code == 200) is by_url
    with fake.serve() as server:
        served = client(endpoint_url=server.url, config=Config(signature_version="s3v4"))
        assert is_allowed(served) is by_header
        url = served.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
        try:
            with urllib.request.urlopen(url) as response:
                status = response.status
        except HTTPError as error:
            status = error.code
        assert (status == 200) is by_url


def test_signatures_of_version_2(fake):
    deny_reads(fake, "StringEquals", "s3:signatureversion", "AWS")
    assert not is_allowed(client(config=Config(signature_version="s3")))
    assert is_allowed(client())


def test_age_of_signatures(fake):
    """In milliseconds: a presigned URL ages, a call that is signed just now does not."""
    deny_reads(fake, "NumericGreaterThan", "s3:signatureAge", "600000")
    url = client(config=Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=3600
    )
    assert is_allowed(client())
    assert requests.get(url).text == "x"
    fake.clock.advance(minutes=11)
    assert requests.get(url).status_code == 403


def test_hashes_of_bodies(fake):
    """The header is there only once a call is signed, so the call goes over HTTP."""
    deny_reads(fake, "StringEquals", "s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD", action="s3:PutObject")
    signing = Config(s3={"payload_signing_enabled": True}, request_checksum_calculation="when_required")
    client(config=signing).put_object(Bucket="bucket", Key="key", Body=b"x")
    unsigned = Config(s3={"payload_signing_enabled": False}, request_checksum_calculation="when_required")
    with pytest.raises(ClientError, match="AccessDenied"):
        client(config=unsigned).put_object(Bucket="bucket", Key="key", Body=b"y")
    assert is_allowed(client())


def test_forms(fake):
    deny_reads(fake, "StringEquals", "s3:authType", "POST", action="s3:PutObject")
    form = client().generate_presigned_post("bucket", "form")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"x"}).status_code == 403
    client().put_object(Bucket="bucket", Key="form", Body=b"x")


def test_access_points(fake):
    """Identity policies name the access point, the bucket's policy delegates to it by condition."""
    control = boto3.client("s3control", region_name="us-east-1")
    arn = control.create_access_point(AccountId=OWNER, Name="finance", Bucket="bucket")["AccessPointArn"]
    allow = statement("s3:GetObject", f"{arn}/object/*")
    fake.credentials.add("USER", "secret", account_id=OWNER, policy={"Version": "2012-10-17", "Statement": allow})
    assert client("USER").get_object(Bucket=arn, Key="key")["Body"].read() == b"x"
    assert not is_allowed(client("USER"))
    deny_reads(fake, "StringNotEquals", "s3:DataAccessPointArn", arn)
    assert not is_allowed(client())
    assert client().get_object(Bucket=arn, Key="key")["Body"].read() == b"x"
    deny_reads(fake, "StringEquals", "s3:DataAccessPointAccount", OWNER)
    assert is_allowed(client())
    with pytest.raises(ClientError, match="explicit deny"):
        client().get_object(Bucket=arn, Key="key")


def test_directory_buckets(fake):
    """O331: objects need a session, whose own calls are not judged again."""
    name = "base--use1-az4--x-s3"
    configuration = {
        "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
    }
    fake.client().create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
    fake.credentials.add("USER", "secret", account_id=OWNER, policy={"Statement": READ})
    with pytest.raises(ClientError) as raised:
        client("USER").create_session(Bucket=name)
    assert raised.value.response["Error"]["Message"] == "Access Denied"
    assert "s3express:CreateSession on arn:aws:s3express:us-east-1:123456789012:bucket/" in fake.calls[-1].decision
    allow = statement("s3express:CreateSession", f"arn:aws:s3express:us-east-1:{OWNER}:bucket/{name}")
    fake.credentials.add("USER", "secret", account_id=OWNER, policy={"Statement": allow})
    client("USER").put_object(Bucket=name, Key="key", Body=b"x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"policy": "{"},
            "policy of 'KEY' is not an identity-based policy as IAM accepts it: This policy contains invalid Json",
        ),
        ({"policy": {"Statement": []}}, "Statement is empty"),
        ({"policy": {"Statement": {**READ, "Principal": "*"}}}, "should not specify a principal"),
        ({"policy": {"Statement": {**READ, "Effect": "allow"}}}, "Invalid effect: allow"),
        ({"arn": "arn:aws:iam::210987654321:user/a"}, "the ARN of a user or role of account 123456789012 looks like"),
        ({"arn": "anna"}, "the ARN of a user or role"),
    ],
)
def test_bad_identities(fake, arguments, message):
    """A key that was not added stays as it was."""
    with pytest.raises(ValueError, match=message):
        fake.credentials.add("KEY", "secret", account_id=OWNER, **arguments)
    assert is_allowed(client("KEY"))


def test_policies_as_json(fake):
    fake.credentials.add("USER", "secret", account_id=OWNER, policy=json.dumps({"Statement": READ}))
    assert is_allowed(client("USER"))
    with pytest.raises(ClientError, match="AccessDenied"):
        client("USER").list_objects_v2(Bucket="bucket")


def test_assumed_roles(fake):
    """Their sessions are known by the role's ARN."""
    role = f"arn:aws:iam::{GUEST}:role/reader"
    policy = {"Statement": {**READ, "Principal": {"AWS": role}}}
    fake.client().put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
    with fake.serve() as server:
        keys = {"aws_access_key_id": "OWNER", "aws_secret_access_key": "secret"}
        sts = boto3.client("sts", region_name="us-east-1", endpoint_url=server.url, **keys)
        for name, expected in (("reader", True), ("writer", False)):
            answer = sts.assume_role(RoleArn=f"arn:aws:iam::{GUEST}:role/{name}", RoleSessionName="me")["Credentials"]
            assert is_allowed(client(answer["AccessKeyId"])) is expected


def test_no_decision_where_none_was_needed(fake):
    assert is_allowed(client())
    assert fake.calls[-1].decision is None
