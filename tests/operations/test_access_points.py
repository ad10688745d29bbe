"""Access points of S3 Control, Block Public Access of accounts, and tags of resources, through every way in."""

import json

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

ACCOUNT = "123456789012"
ARN = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/my-ap"
OPEN = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
BLOCKED = dict.fromkeys(OPEN, True)
ALLOW = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":"s3:GetObject","Resource":"%s"}]}'
)
PUBLIC = ALLOW % ('"*"', f"{ARN}/object/*")
POLICY = ALLOW % ('{"AWS":"arn:aws:iam::210987654321:root"}', f"{ARN}/object/*")
JSON_POLICY = json.dumps(json.loads(POLICY))
DIRECTORY = "photos--use1-az4--x-s3"
DIRECTORY_POINT = "reader--use1-az4--xa-s3"


def create(scene, **params):
    return scene.control.CreateAccessPoint(**{"Name": "my-ap", "Bucket": "bucket", **params})


def create_for_directory(scene, **params):
    location = {"Location": {"Type": "AvailabilityZone", "Name": "use1-az4"}}
    bucket = {"Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}}
    scene.fake.create_bucket(DIRECTORY, CreateBucketConfiguration={**location, **bucket})
    return create(scene, Name=DIRECTORY_POINT, Bucket=DIRECTORY, **params)


def after(*steps):
    """The last step, to be taken after the others."""
    return steps[:-1], steps[-1]


def on_point(operation, **params):
    return lambda s: getattr(s.control, operation)(**{"Name": "my-ap", **params})


GET = on_point("GetAccessPoint")
NO_POINT = expect_error("NoSuchAccessPoint", 404, "The specified accesspoint does not exist", AccessPointName="my-ap")
NO_POLICY = expect_error(
    "NoSuchAccessPointPolicy", 404, "The specified accesspoint policy does not exist", AccessPointName="my-ap"
)
INVALID = expect_error("InvalidRequest", 400)

ROWS = [
    row("manual", "create", create, expect_answer(AccessPointArn=ARN)),
    row("O392", "all is blocked at first", after(create, GET), expect_answer(PublicAccessBlockConfiguration=BLOCKED, NetworkOrigin="Internet", VpcConfiguration=ABSENT, Bucket="bucket", BucketAccountId=ACCOUNT)),
    row("manual", "settings", after(lambda s: create(s, PublicAccessBlockConfiguration={"BlockPublicAcls": True}), GET), expect_answer(PublicAccessBlockConfiguration={**OPEN, "BlockPublicAcls": True})),
    row("manual", "a VPC", after(lambda s: create(s, VpcConfiguration={"VpcId": "vpc-1"}), GET), expect_answer(NetworkOrigin="VPC", VpcConfiguration={"VpcId": "vpc-1"})),
    row("manual", "endpoints", after(create, GET), expect_answer(Endpoints={"ipv4": "s3-accesspoint.us-east-1.amazonaws.com", "fips": "s3-accesspoint-fips.us-east-1.amazonaws.com", "fips_dualstack": "s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com", "dualstack": "s3-accesspoint.dualstack.us-east-1.amazonaws.com"})),
    row("O391", "no bucket", lambda s: create(s, Bucket="nowhere"), INVALID),
    row("manual", "a bad name", lambda s: create(s, Name="My-AP"), INVALID),
    row("manual", "twice", after(create, create), expect_error("AccessPointAlreadyOwnedByYou", 409, AccessPointName="my-ap")),
    row("manual", "the bucket of another account", lambda s: create(s, BucketAccountId="210987654321"), expect_error("AccessDenied", 403)),
    row("manual", "another account", lambda s: s.call("s3control.GetAccessPoint", AccountId="210987654321", Name="my-ap"), expect_error("AccessDenied", 403)),
    row("O90", "a bad tag", lambda s: create(s, Tags=[{"Key": "a*", "Value": "b"}]), expect_error("InvalidTag", 400, TagKey="a*")),
    row("manual", "a scope of another bucket's", lambda s: create(s, Scope={"Prefixes": ["a/"]}), INVALID),
    row("manual", "get nothing", GET, NO_POINT),
    row("manual", "delete", after(create, on_point("DeleteAccessPoint"), lambda s: s.control.ListAccessPoints()), expect_answer(AccessPointList=[])),
    row("manual", "delete nothing", on_point("DeleteAccessPoint"), NO_POINT),
    row("O391", "delete its bucket", after(create, lambda s: s.DeleteBucket()), expect_error("BucketHasAccessPointsAttached", 400, BucketName="bucket")),
    row("O391", "list of no bucket", lambda s: s.control.ListAccessPoints(Bucket="nowhere"), INVALID),
    row("O391", "a bad token", lambda s: s.control.ListAccessPoints(NextToken="*"), INVALID),
    row("O391", "a bad size", lambda s: s.control.ListAccessPoints(MaxResults=1001), INVALID),
    row("manual", "no directory bucket's", after(create, lambda s: s.control.ListAccessPointsForDirectoryBuckets()), expect_answer(AccessPointList=[])),
    row("manual", "policy", after(create, on_point("PutAccessPointPolicy", Policy=POLICY), on_point("GetAccessPointPolicy")), expect_answer(Policy=JSON_POLICY)),
    row("manual", "no policy", after(create, on_point("GetAccessPointPolicy")), NO_POLICY),
    row("manual", "policy of nothing", on_point("PutAccessPointPolicy", Policy=POLICY), NO_POINT),
    row("manual", "delete the policy", after(create, on_point("PutAccessPointPolicy", Policy=POLICY), on_point("DeleteAccessPointPolicy"), on_point("GetAccessPointPolicy")), NO_POLICY),
    row("O111", "a policy that is no JSON", after(create, on_point("PutAccessPointPolicy", Policy="x")), expect_error("MalformedPolicy", 400)),
    row("manual", "a policy for the bucket", after(create, on_point("PutAccessPointPolicy", Policy=ALLOW % ('"*"', "arn:aws:s3:::bucket/*"))), expect_error("MalformedPolicy", 400, "Policy has invalid resource")),
    row("O225", "a public policy", after(create, on_point("PutAccessPointPolicy", Policy=PUBLIC)), expect_error("AccessDenied", 403)),
    row("O225", "status", after(lambda s: create(s, PublicAccessBlockConfiguration=OPEN), on_point("PutAccessPointPolicy", Policy=PUBLIC), on_point("GetAccessPointPolicyStatus")), expect_answer(PolicyStatus={"IsPublic": True})),
    row("O225", "status, not public", after(create, on_point("PutAccessPointPolicy", Policy=POLICY), on_point("GetAccessPointPolicyStatus")), expect_answer(PolicyStatus={"IsPublic": False})),
    row("manual", "status of nothing", on_point("GetAccessPointPolicyStatus"), NO_POINT),
    row("manual", "scope", after(create_for_directory, on_point("PutAccessPointScope", Name=DIRECTORY_POINT, Scope={"Prefixes": ["a/"], "Permissions": ["GetObject"]}), on_point("GetAccessPointScope", Name=DIRECTORY_POINT)), expect_answer(Scope={"Prefixes": ["a/"], "Permissions": ["GetObject"]})),
    row("manual", "no scope", after(create_for_directory, on_point("DeleteAccessPointScope", Name=DIRECTORY_POINT), on_point("GetAccessPointScope", Name=DIRECTORY_POINT)), expect_answer(Scope=ABSENT)),
    row("manual", "a long scope", after(create_for_directory, on_point("PutAccessPointScope", Name=DIRECTORY_POINT, Scope={"Prefixes": ["a" * 256]})), INVALID),
    row("manual", "list of a directory bucket", after(create_for_directory, lambda s: s.control.ListAccessPointsForDirectoryBuckets(DirectoryBucket=DIRECTORY)), expect_answer(AccessPointList=lambda s: [{"Name": DIRECTORY_POINT, "NetworkOrigin": "Internet", "Bucket": DIRECTORY, "AccessPointArn": f"arn:aws:s3express:us-east-1:{ACCOUNT}:accesspoint/{DIRECTORY_POINT}", "Alias": DIRECTORY_POINT, "BucketAccountId": ACCOUNT}])),
    row("manual", "account settings", after(lambda s: s.control.PutPublicAccessBlock(PublicAccessBlockConfiguration={"IgnorePublicAcls": True}), lambda s: s.control.GetPublicAccessBlock()), expect_answer(PublicAccessBlockConfiguration={**OPEN, "IgnorePublicAcls": True})),
    row("manual", "no account settings", lambda s: s.control.GetPublicAccessBlock(), expect_error("NoSuchPublicAccessBlockConfiguration", 404, AccountId=ACCOUNT)),
    row("manual", "delete account settings", after(lambda s: s.control.PutPublicAccessBlock(PublicAccessBlockConfiguration=BLOCKED), lambda s: s.control.DeletePublicAccessBlock(), lambda s: s.control.GetPublicAccessBlock()), expect_error("NoSuchPublicAccessBlockConfiguration", 404, AccountId=ACCOUNT)),
    row("manual", "account settings block public ACLs", after(lambda s: s.DeletePublicAccessBlock(), lambda s: s.PutBucketOwnershipControls(OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}), lambda s: s.control.PutPublicAccessBlock(PublicAccessBlockConfiguration={"BlockPublicAcls": True}), lambda s: s.PutBucketAcl(ACL="public-read")), expect_error("AccessDenied", 403)),
    row("manual", "account settings block public policies", after(lambda s: s.DeletePublicAccessBlock(), lambda s: s.control.PutPublicAccessBlock(PublicAccessBlockConfiguration={"BlockPublicPolicy": True}), lambda s: s.PutBucketPolicy(Policy=ALLOW % ('"*"', "arn:aws:s3:::bucket/*"))), expect_error("AccessDenied", 403)),
    row("manual", "account settings block public policies of access points", after(lambda s: create(s, PublicAccessBlockConfiguration=OPEN), lambda s: s.control.PutPublicAccessBlock(PublicAccessBlockConfiguration={"BlockPublicPolicy": True}), on_point("PutAccessPointPolicy", Policy=PUBLIC)), expect_error("AccessDenied", 403)),
    row("manual", "tags of a new access point", after(lambda s: create(s, Tags=[{"Key": "a", "Value": "b"}]), lambda s: s.control.ListTagsForResource(ResourceArn=ARN)), expect_answer(Tags=[{"Key": "a", "Value": "b"}])),
    row("manual", "tags are merged", after(lambda s: create(s, Tags=[{"Key": "a", "Value": "b"}]), lambda s: s.control.TagResource(ResourceArn=ARN, Tags=[{"Key": "a", "Value": "c"}, {"Key": "d", "Value": ""}]), lambda s: s.control.ListTagsForResource(ResourceArn=ARN)), expect_answer(Tags=[{"Key": "a", "Value": "c"}, {"Key": "d", "Value": ""}])),
    row("manual", "tags are removed", after(lambda s: create(s, Tags=[{"Key": key, "Value": ""} for key in "abc"]), lambda s: s.control.UntagResource(ResourceArn=ARN, TagKeys=["a", "c", "none"]), lambda s: s.control.ListTagsForResource(ResourceArn=ARN)), expect_answer(Tags=[{"Key": "b", "Value": ""}])),
    row("manual", "tags of a bucket", after(lambda s: s.control.TagResource(ResourceArn="arn:aws:s3:::bucket", Tags=[{"Key": "a", "Value": "b"}]), lambda s: s.GetBucketTagging()), expect_answer(TagSet=[{"Key": "a", "Value": "b"}])),
    row("O85", "the last tag of a bucket", after(lambda s: s.PutBucketTagging(Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}), lambda s: s.control.UntagResource(ResourceArn="arn:aws:s3:::bucket", TagKeys=["a"]), lambda s: s.GetBucketTagging()), expect_error("NoSuchTagSet", 404, BucketName="bucket")),
    row("manual", "tags of nothing", lambda s: s.control.TagResource(ResourceArn="arn:aws:s3:::nowhere", Tags=[{"Key": "a", "Value": "b"}]), expect_error("NoSuchResource", 404)),
    row("manual", "too many tags", lambda s: s.control.TagResource(ResourceArn="arn:aws:s3:::bucket", Tags=[{"Key": str(n), "Value": ""} for n in range(51)]), expect_error("BadRequest", 400)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_operations(scene, act, expect):
    given, act = act if isinstance(act, tuple) else ((), act)
    for step in given:
        step(scene)
    expect.check(scene, act)


def test_pages(scene):
    for name in ("ap-2", "ap-1", "ap-3"):
        create(scene, Name=name, Bucket="other" if name == "ap-2" else "bucket")
    first = scene.control.ListAccessPoints(MaxResults=2)
    assert [point["Name"] for point in first["AccessPointList"]] == ["ap-1", "ap-2"]
    rest = scene.control.ListAccessPoints(MaxResults=2, NextToken=first["NextToken"])
    assert ([point["Name"] for point in rest["AccessPointList"]], "NextToken" in rest) == (["ap-3"], False)
    of_bucket = scene.control.ListAccessPoints(Bucket="other")
    assert [point["Name"] for point in of_bucket["AccessPointList"]] == ["ap-2"]


def test_through_the_server():
    """S3 Control's requests are distinguished from S3's by their header; its errors have a form of their own (O390)."""
    with FakeS3(buckets=["bucket"]) as fake, fake.serve() as server:
        control = server.client("s3control")
        arn = control.create_access_point(AccountId=ACCOUNT, Name="my-ap", Bucket="bucket")["AccessPointArn"]
        control.tag_resource(AccountId=ACCOUNT, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        control.untag_resource(AccountId=ACCOUNT, ResourceArn=arn, TagKeys=["x", "a"])
        assert control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"] == []
        with pytest.raises(ClientError) as raised:
            control.get_access_point(AccountId=ACCOUNT, Name="none")
        assert raised.value.response["Error"] == {
            "Code": "NoSuchAccessPoint", "Message": "The specified accesspoint does not exist", "AccessPointName": "none"
        }  # fmt: skip
        with pytest.raises(control.exceptions.NoSuchPublicAccessBlockConfiguration):
            control.get_public_access_block(AccountId=ACCOUNT)
        server.client().put_object(Bucket="bucket", Key="v20180820/accesspoint/my-ap", Body=b"x")
        assert fake.buckets["bucket"].keys() == ["v20180820/accesspoint/my-ap"]


def test_the_form_of_errors():
    with FakeS3() as fake:
        control, documents = fake.client("s3control"), []
        control.meta.events.register(
            "before-parse.s3-control", lambda response_dict, **kwargs: documents.append(response_dict["body"])
        )
        with pytest.raises(ClientError):
            control.get_access_point(AccountId=ACCOUNT, Name="none")
    assert b"<ErrorResponse><Error><Code>NoSuchAccessPoint</Code>" in documents[0]
    assert b"</Error><RequestId>" in documents[0]


def test_greedy_labels(scene):
    """A label with a plus matches several segments of the path, but the longer route comes first."""
    for operation, name in (("GetMultiRegionAccessPoint", "Name"), ("GetMultiRegionAccessPointPolicy", "Name"),
                            ("GetMultiRegionAccessPointRoutes", "Mrap")):  # fmt: skip
        with pytest.raises(ClientError):
            getattr(scene.control, operation)(**{name: "several/segments"})
    assert [call.operation for call in scene.fake.calls][-3:] == [
        "GetMultiRegionAccessPoint", "GetMultiRegionAccessPointPolicy", "GetMultiRegionAccessPointRoutes"
    ]  # fmt: skip
