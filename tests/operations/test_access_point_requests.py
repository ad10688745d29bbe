"""Who may do what through an access point: its policy, the bucket's, its Block Public Access, its network origin (S3's manual).

Every row runs without HTTP, over HTTP, and through the pipeline itself.
"""

import json

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.test_policies import GUEST, OWNER, Callers, through_key, through_service

ARN = f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/my-ap"
THROUGH, BUCKET, OBJECTS = f"{ARN}/object/*", "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"
OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
VPC_ENDPOINT = "https://accesspoint.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com"


@pytest.fixture(params=["before-call", "before-send", "service"])
def scene(request):
    wire = "http" if request.param == "before-send" else "auto"
    with FakeS3(buckets=["bucket"], wire=wire, open_uploads="ignore") as fake:
        fake.put("bucket", "key", b"x")
        for key, account in (("OWNER", OWNER), ("GUEST", GUEST)):
            fake.credentials.add(key, "secret", account_id=account)
        with Callers(fake, through_service if request.param == "service" else through_key) as scene:
            yield scene


def allow(resource, principal="*", action="s3:GetObject", **more):
    principal = principal if principal == "*" else {"AWS": principal}
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def deny(resource, principal="*", action="s3:GetObject", **more):
    return {**allow(resource, principal, action, **more), "Effect": "Deny"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def point(*statements, settings=None, **params):
    """A step: an access point with this policy."""

    def step(scene):
        settings_of_point = {} if settings is None else {"PublicAccessBlockConfiguration": {**OPEN, **settings}}
        scene.control.CreateAccessPoint(Name="my-ap", Bucket="bucket", **settings_of_point, **params)
        if statements:
            scene.control.PutAccessPointPolicy(Name="my-ap", Policy=document(*statements))

    return step


def bucket_policy(*statements):
    def step(scene):
        scene.DeletePublicAccessBlock()
        scene.PutBucketPolicy(Policy=document(*statements))

    return step


def identity(**statement):
    """A step: the user USER of the owner's account with this policy."""

    def step(scene):
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}}
        scene.fake.credentials.add("USER", "secret", account_id=OWNER, policy=policy)

    return step


DELEGATION = allow(OBJECTS, action="s3:*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWNER}})
NOTHING = identity(Action="s3:ListAllMyBuckets", Resource="*")

# given, caller, whether GET through the access point is allowed, and what the log says of it
ROWS = {
    "the owner": ([point()], "OWNER", True, None),
    "another account": ([point()], "GUEST", False, None),
    "the access point allows, the bucket does not": ([point(allow(THROUGH, GUEST))], "GUEST", False, None),
    "the bucket allows, the access point does not": ([point(), bucket_policy(allow(OBJECTS, GUEST))], "GUEST", False, None),
    "both allow": ([point(allow(THROUGH, GUEST)), bucket_policy(allow(OBJECTS, GUEST))], "GUEST", True, None),
    "the bucket delegates": ([point(allow(THROUGH, GUEST)), bucket_policy(DELEGATION)], "GUEST", True, None),
    "delegation alone is not enough": ([point(), bucket_policy(DELEGATION)], "GUEST", False, None),
    "a prefix": ([point(allow(f"{ARN}/object/other/*", GUEST)), bucket_policy(DELEGATION)], "GUEST", False, None),
    "the access point denies": ([point(deny(THROUGH))], "OWNER", False, "statement 1 of the access point policy"),
    "the bucket denies": ([point(), bucket_policy(deny(OBJECTS))], "OWNER", False, "bucket policy"),
    "all but access points are denied": ([point(), bucket_policy(deny(OBJECTS, Condition={"StringNotEquals": {"s3:DataAccessPointAccount": OWNER}}))], "OWNER", True, None),
    "all but a VPC's access points are denied": ([point(), bucket_policy(deny(OBJECTS, Condition={"StringNotEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}))], "OWNER", False, None),
    "the internet's access points are denied": ([point(), bucket_policy(deny(OBJECTS, Condition={"StringEquals": {"s3:AccessPointNetworkOrigin": "Internet"}}))], "OWNER", False, "bucket policy"),
    "a VPC's access points are denied": ([point(), bucket_policy(deny(OBJECTS, Condition={"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}))], "OWNER", True, None),
    "a user, by its own policy": ([point(), identity(Action="s3:GetObject", Resource=THROUGH)], "USER", True, None),
    "a user without a permission": ([point(), NOTHING], "USER", False, None),
    "a user, by both policies": ([point(allow(THROUGH, OWNER)), bucket_policy(allow(OBJECTS)), NOTHING], "USER", False, None),
    "everybody": ([point(allow(THROUGH), settings={}), bucket_policy(DELEGATION)], None, True, None),
    "a public policy is restricted": ([point(allow(THROUGH), settings={"RestrictPublicBuckets": True}), bucket_policy(DELEGATION)], "GUEST", False, "RestrictPublicBuckets of the access point"),
    "a VPC": ([point(VpcConfiguration={"VpcId": "vpc-1"})], "OWNER", False, "network origin"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "caller", "allowed", "decision"), ROWS.values(), ids=ROWS)
def test_reads_through_access_points(scene, given, caller, allowed, decision):
    for step in given:
        step(scene)
    act = lambda: scene.by(caller).call("GetObject", Bucket=ARN, Key="key")  # noqa: E731
    if allowed:
        assert act()["ContentLength"] == 1
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            act()
    if decision is not None:
        assert decision in (scene.fake.calls.of("GetObject")[-1].decision or "")


def test_public_acls_are_blocked(scene):
    """BlockPublicAcls of the access point (API manual, PublicAccessBlockConfiguration)."""
    scene.DeletePublicAccessBlock()
    scene.PutBucketOwnershipControls(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    point()(scene)
    with pytest.raises(ClientError, match="AccessDenied"):
        scene.call("PutObject", Bucket=ARN, Key="public", Body=b"x", ACL="public-read")
    scene.call("PutObject", Bucket="bucket", Key="public", Body=b"x", ACL="public-read")
    with pytest.raises(ClientError, match="AccessDenied"):  # and they are ignored
        scene.by(None).call("GetObject", Bucket=ARN, Key="public")
    assert scene.by(None).call("GetObject", Bucket="bucket", Key="public")["ContentLength"] == 1


def test_the_endpoint_of_a_vpc():
    """An access point whose origin is a VPC answers requests through an endpoint of a VPC."""
    with FakeS3(buckets=["bucket"]) as fake:
        fake.put("bucket", "key", b"x")
        vpc = {"VpcConfiguration": {"VpcId": "vpc-1"}}
        fake.client("s3control").create_access_point(AccountId=OWNER, Name="my-ap", Bucket="bucket", **vpc)
        s3 = fake.client(endpoint_url=VPC_ENDPOINT)
        assert s3.get_object(Bucket=ARN, Key="key")["Body"].read() == b"x"
        with pytest.raises(ClientError, match="AccessDenied"):
            fake.client().get_object(Bucket=ARN, Key="key")


@pytest.mark.skipif(is_older(), reason="that model has no scopes")
def test_the_scope_of_a_directory_buckets_access_point():
    """API manual, Scope: prefixes, operations, or both."""
    name, directory = "reader--use1-az4--xa-s3", "photos--use1-az4--x-s3"
    location = {"Type": "AvailabilityZone", "Name": "use1-az4"}
    kind = {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}
    with FakeS3() as fake:
        fake.create_bucket(directory, CreateBucketConfiguration={"Location": location, "Bucket": kind})
        fake.put(directory, "a/k", b"x")
        fake.put(directory, "b/k", b"x")
        scope = {"Prefixes": ["a/"], "Permissions": ["GetObject"]}
        fake.client("s3control").create_access_point(AccountId=OWNER, Name=name, Bucket=directory, Scope=scope)
        s3 = fake.client()
        assert s3.get_object(Bucket=name, Key="a/k")["Body"].read() == b"x"
        for refused in (
            lambda: s3.get_object(Bucket=name, Key="b/k"),
            lambda: s3.put_object(Bucket=name, Key="a/k", Body=b"y"),
            lambda: s3.list_objects_v2(Bucket=name, Prefix="a/"),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                refused()


def test_the_policies_of_users_of_s3_control():
    """Users need the permission of the action, for the resource (Service Authorization Reference)."""
    with FakeS3(buckets=["bucket"]) as fake:
        control = fake.client("s3control")
        control.create_access_point(AccountId=OWNER, Name="my-ap", Bucket="bucket")
        statement = {"Effect": "Allow", "Action": "s3:GetAccessPoint", "Resource": ARN}
        fake.credentials.add(
            "USER", "secret", account_id=OWNER, policy={"Version": "2012-10-17", "Statement": statement}
        )
        user = fake.client("s3control", aws_access_key_id="USER", aws_secret_access_key="secret")
        assert user.get_access_point(AccountId=OWNER, Name="my-ap")["Bucket"] == "bucket"
        with pytest.raises(ClientError, match="s3:DeleteAccessPoint on resource"):
            user.delete_access_point(AccountId=OWNER, Name="my-ap")
        with pytest.raises(ClientError, match="AccessDenied"):
            user.get_access_point(AccountId=OWNER, Name="other")
        elsewhere = fake.client(
            "s3control", region_name="eu-west-1", aws_access_key_id="USER", aws_secret_access_key="secret"
        )
        with pytest.raises(ClientError, match=r"on resource: .*arn:aws:s3:eu-west-1:"):
            elsewhere.get_access_point(AccountId=OWNER, Name="my-ap")
