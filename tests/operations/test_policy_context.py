"""The values that a request has for condition keys (manuals of IAM, "AWS global condition context keys", and of S3, O273)."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import FakeS3
from fakes3mp.operations.policy.context import _VALUES, RequestContext
from fakes3mp.operations.policy.identity import Identity
from fakes3mp.operations.registry import Caller

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
OWNER, GUEST = "123456789012", "210987654321"
USER = Identity(f"arn:aws:iam::{GUEST}:user/team/anna")
ROLE = Identity(f"arn:aws:sts::{GUEST}:assumed-role/reader/session")
POINT = f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/point"
UNTIL = NOON + timedelta(days=10, hours=1)
RETAINED = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": UNTIL, "ObjectLockLegalHoldStatus": "ON"}
DOCUMENT = {"Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": UNTIL.replace(tzinfo=None)}}

# key, parameters of the request -> its values, None where it has none
OF_PARAMETERS = [
    ("s3:prefix", {"Prefix": "a/"}, ("a/",)),
    ("s3:prefix", {}, None),
    ("s3:prefix", {"Prefix": ""}, ("",)),
    ("s3:max-keys", {"MaxKeys": 5}, ("5",)),
    ("s3:x-amz-acl", {"ACL": "private"}, ("private",)),
    ("s3:x-amz-storage-class", {"StorageClass": "GLACIER"}, ("GLACIER",)),
    ("S3:X-Amz-ACL", {"ACL": "private"}, ("private",)),
    ("s3:object-lock-mode", RETAINED, ("GOVERNANCE",)),
    ("s3:object-lock-mode", DOCUMENT, ("COMPLIANCE",)),
    ("s3:object-lock-mode", {}, None),
    ("s3:object-lock-retain-until-date", RETAINED, ("2026-03-11T13:00:00+00:00",)),
    ("s3:object-lock-retain-until-date", DOCUMENT, ("2026-03-11T13:00:00+00:00",)),
    ("s3:object-lock-retain-until-date", {}, None),
    ("s3:object-lock-remaining-retention-days", RETAINED, ("10",)),
    ("s3:object-lock-remaining-retention-days", DOCUMENT, ("10",)),
    ("s3:object-lock-remaining-retention-days", {}, None),
    ("s3:object-lock-legal-hold", RETAINED, ("ON",)),
    ("s3:object-lock-legal-hold", {"LegalHold": {"Status": "OFF"}}, ("OFF",)),
    ("s3:object-lock-legal-hold", {}, None),
    ("s3:x-amz-copy-source", {"CopySource": "media/a%20b"}, ("media/a b",)),
    ("s3:x-amz-copy-source", {"CopySource": "/media/a"}, ("media/a",)),
    ("s3:x-amz-copy-source", {}, None),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", {"SSEKMSKeyId": "1234"}, (f"arn:aws:kms:us-east-1:{OWNER}:key/1234",)),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", {"SSEKMSKeyId": "alias/a"}, (f"arn:aws:kms:us-east-1:{OWNER}:alias/a",)),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", {}, None),
    ("s3:locationconstraint", {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}, ("eu-west-1",)),
    ("s3:locationconstraint", {"CreateBucketConfiguration": {}}, None),
    ("s3:locationconstraint", {}, None),
    ("aws:RequestedRegion", {}, ("us-east-1",)),
    ("aws:ResourceAccount", {}, (OWNER,)),
    ("s3:ResourceAccount", {}, (OWNER,)),
    ("aws:CurrentTime", {}, ("2026-03-01T12:00:00+00:00",)),
    ("aws:EpochTime", {}, ("1772366400",)),
    ("aws:PrincipalIsAWSService", {}, ("false",)),
    ("aws:ViaAWSService", {}, ("false",)),
    ("aws:TagKeys", {"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}}, ("a", "b")),
    ("aws:TagKeys", {}, None),
    ("s3:RequestObjectTagKeys", {"Tagging": "a=1&b=2"}, ("a", "b")),
    ("s3:RequestObjectTagKeys", {}, None),
    ("s3:RequestObjectTag/b", {"Tagging": "a=1&b=2"}, ("2",)),
    ("s3:RequestObjectTag/b", {"Tagging": "a=1&b="}, ("",)),
    ("s3:RequestObjectTag/c", {"Tagging": "a=1&b=2"}, None),
    ("aws:Nothing", {}, None),
    ("s3:nothing/x", {}, None),
]  # fmt: skip
ANYBODY, ACCOUNT = Caller(None), Caller(OWNER)
OF_CALLERS = [
    ("aws:PrincipalAccount", ANYBODY, None),
    ("aws:PrincipalAccount", ACCOUNT, (OWNER,)),
    ("aws:PrincipalAccount", Caller(GUEST, identity=USER), (GUEST,)),
    ("aws:PrincipalArn", ANYBODY, None),
    ("aws:PrincipalArn", ACCOUNT, (f"arn:aws:iam::{OWNER}:root",)),
    ("aws:PrincipalArn", Caller(GUEST, identity=USER), (USER.arn,)),
    ("aws:PrincipalArn", Caller(GUEST, identity=ROLE), (f"arn:aws:iam::{GUEST}:role/reader",)),
    ("aws:PrincipalType", ANYBODY, ("Anonymous",)),
    ("aws:PrincipalType", ACCOUNT, ("Account",)),
    ("aws:PrincipalType", Caller(GUEST, identity=USER), ("User",)),
    ("aws:PrincipalType", Caller(GUEST, identity=ROLE), ("AssumedRole",)),
    ("aws:userid", ANYBODY, ("anonymous",)),
    ("aws:userid", ACCOUNT, (OWNER,)),
    ("aws:userid", Caller(GUEST, identity=USER), None),
    ("aws:username", ANYBODY, None),
    ("aws:username", ACCOUNT, None),
    ("aws:username", Caller(GUEST, identity=USER), ("anna",)),
    ("aws:username", Caller(GUEST, identity=ROLE), None),
    ("aws:SourceIp", Caller(OWNER, source_ip="10.0.0.1"), ("10.0.0.1",)),
    ("aws:Referer", Caller(OWNER, headers={"referer": "http://a/"}), ("http://a/",)),
    ("aws:Referer", ACCOUNT, None),
    ("s3:DataAccessPointArn", ACCOUNT, None),
    ("s3:DataAccessPointArn", Caller(OWNER, access_point=POINT), (POINT,)),
    ("s3:DataAccessPointAccount", ACCOUNT, None),
    ("s3:DataAccessPointAccount", Caller(OWNER, access_point=POINT), (OWNER,)),
    ("aws:SecureTransport", Caller(OWNER, "http://localhost"), ("false",)),
    ("aws:SecureTransport", Caller(OWNER, "https://localhost"), ("true",)),
    ("s3:TlsVersion", Caller(OWNER, "http://localhost"), None),
    ("s3:TlsVersion", Caller(OWNER, "https://localhost"), ("1.2",)),
    ("s3:authType", ANYBODY, None),
    ("s3:authType", ACCOUNT, ("REST-HEADER",)),
    ("s3:authType", Caller(OWNER, is_presigned=True), ("REST-QUERY-STRING",)),
    ("s3:authType", Caller(OWNER, by_form=True), ("POST",)),
    ("s3:signatureversion", ANYBODY, None),
    ("s3:signatureversion", ACCOUNT, ("AWS4-HMAC-SHA256",)),
    ("s3:signatureversion", Caller(OWNER, query={"Signature": "x"}), ("AWS",)),
    ("s3:signatureversion", Caller(OWNER, headers={"authorization": "AWS AKID:x"}), ("AWS",)),
    ("s3:signatureAge", ACCOUNT, None),
    ("s3:signatureAge", Caller(OWNER, headers={"x-amz-date": "20260301T115950Z"}), ("10000",)),
    ("s3:signatureAge", Caller(OWNER, query={"X-Amz-Date": "20260301T115950Z"}), ("10000",)),
    ("s3:AccessPointNetworkOrigin", ACCOUNT, None),
    ("s3:AccessPointNetworkOrigin", Caller(OWNER, access_point=POINT), ("Internet",)),
]


@pytest.fixture(scope="module")
def fake():
    fake = FakeS3(buckets=["bucket"], clock=lambda: NOON)
    fake._service.perform("s3control.CreateAccessPoint", {"AccountId": OWNER, "Name": "point", "Bucket": "bucket"})
    return fake


def values(fake, key, params, caller, operation="PutObject"):
    store = fake._store
    return RequestContext(store, store.buckets["bucket"], operation, params, caller).values(key)


@pytest.mark.parametrize(("key", "params", "expected"), OF_PARAMETERS)
def test_values_of_parameters(fake, key, params, expected):
    assert values(fake, key, params, ACCOUNT) == expected


@pytest.mark.parametrize(("key", "caller", "expected"), OF_CALLERS)
def test_values_of_callers(fake, key, caller, expected):
    assert values(fake, key, {}, caller) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("PutObject", "true"), ("CopyObject", "true"), ("CompleteMultipartUpload", "true"), ("UploadPart", "false")],
)
def test_operations_that_create_objects(fake, operation, expected):
    assert values(fake, "s3:ObjectCreationOperation", {}, ACCOUNT, operation) == (expected,)


def test_every_key_has_a_row():
    rows = {row[0].lower() for row in (*OF_PARAMETERS, *OF_CALLERS)} | {"s3:objectcreationoperation"}
    assert {key for key in _VALUES if not key.startswith("s3express:")} <= rows
