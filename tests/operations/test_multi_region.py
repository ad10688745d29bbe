"""Multi-Region Access Points of S3 Control, and requests through them."""

import json

import boto3
import pytest
import requests
from botocore.exceptions import ClientError, MissingDependencyException

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

ACCOUNT = "123456789012"
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OPEN = dict.fromkeys(BLOCKED, False)


@pytest.fixture(autouse=True)
def _west(monkeypatch):
    """Requests for Multi-Region Access Points are sent to us-west-2."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")


def details(**more):
    return {"Name": "global", "Regions": [{"Bucket": "bucket"}, {"Bucket": "far"}], **more}


def create(scene, token="token", **more):
    if "far" not in scene.fake.buckets:
        scene.fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    scene.token_arn = scene.control.CreateMultiRegionAccessPoint(ClientToken=token, Details=details(**more))[
        "RequestTokenARN"
    ]
    return {"RequestTokenARN": scene.token_arn}


def ready(scene, **more):
    create(scene, **more)
    scene.fake.clock.advance(seconds=1)
    scene.arn = f"arn:aws:s3::{ACCOUNT}:accesspoint/{scene.control.GetMultiRegionAccessPoint(Name='global')['AccessPoint']['Alias']}"


def after(*steps):
    return steps[:-1], steps[-1]


def second(scene):
    scene.fake.clock.advance(seconds=1)


def get(scene):
    return scene.control.GetMultiRegionAccessPoint(Name="global")["AccessPoint"]


def delete(scene):
    return scene.control.DeleteMultiRegionAccessPoint(ClientToken="delete", Details={"Name": "global"})


def policy_of(scene, principal="arn:aws:iam::210987654321:root"):
    statement = {"Effect": "Allow", "Principal": principal if principal == "*" else {"AWS": principal}, "Action": "s3:GetObject", "Resource": f"{scene.arn}/object/*"}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put_policy(principal="arn:aws:iam::210987654321:root", policy=None):
    def step(scene):
        document = policy or policy_of(scene, principal)
        return scene.control.PutMultiRegionAccessPointPolicy(
            ClientToken="policy", Details={"Name": "global", "Policy": document}
        )

    return step


def routes(*updates):
    return lambda s: s.control.SubmitMultiRegionAccessPointRoutes(Mrap=s.arn, RouteUpdates=list(updates))


def describe(scene):
    return scene.control.DescribeMultiRegionAccessPointOperation(RequestTokenARN=scene.token_arn)["AsyncOperation"]


def fails(act):
    """The request of an act, described when it has failed."""
    given, last = act if isinstance(act, tuple) else ((), act)

    def step(scene):
        scene.token_arn = last(scene)["RequestTokenARN"]

    return (*given, step, second), describe


def late_error(code):
    class Expected:
        def check(self, scene, act):
            operation = act(scene)
            assert operation["RequestStatus"] == "FAILED"
            assert operation["ResponseDetails"]["ErrorDetails"]["Code"] == code

    return Expected()


FAR_OFF, NEAR_OFF = {"Bucket": "far", "TrafficDialPercentage": 0}, {"Region": "us-east-1", "TrafficDialPercentage": 0}
MISSING = expect_error("NoSuchMultiRegionAccessPoint", 404, "The specified Multi-Region Access Point does not exist.")
INVALID = expect_error("InvalidRequest", 400)

ROWS = [
    row("manual", "being created", after(create, get), expect_answer(Name="global", Status="CREATING", PublicAccessBlock=BLOCKED)),
    row("manual", "ready", after(create, second, get), expect_answer(Status="READY", Regions=[{"Bucket": "bucket", "Region": "us-east-1", "BucketAccountId": ACCOUNT}, {"Bucket": "far", "Region": "eu-west-1", "BucketAccountId": ACCOUNT}])),
    row("manual", "settings", after(lambda s: create(s, PublicAccessBlock=OPEN), get), expect_answer(PublicAccessBlock=OPEN)),
    row("manual", "the same token again", after(create, lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="token", Details=details())), expect_answer(RequestTokenARN=lambda s: s.token_arn)),
    row("manual", "the same token for another request", after(create, lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="token", Details=details(Name="other"))), expect_error("ClientTokenConflict", 409)),
    row("manual", "the same name", fails(after(create, lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="other", Details=details()))), late_error("MultiRegionAccessPointAlreadyOwnedByYou")),
    row("manual", "a bad name", lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "UPPER", "Regions": [{"Bucket": "bucket"}]}), INVALID),
    row("manual", "no regions", lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "global", "Regions": []}), expect_error("InvalidRequest", 400)),
    row("manual", "two buckets of one region", fails(lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "global", "Regions": [{"Bucket": "bucket"}, {"Bucket": "other"}]})), late_error("MultiRegionAccessPointSameBucketRegion")),
    row("manual", "too many regions", lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "global", "Regions": [{"Bucket": "bucket"}] * 18}), expect_error("TooManyMultiRegionAccessPointregionsError", 400)),
    row("O9", "no bucket", fails(lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "global", "Regions": [{"Bucket": "nowhere"}]})), late_error("NoSuchBucket")),
    row("manual", "another account's bucket", fails(lambda s: s.control.CreateMultiRegionAccessPoint(ClientToken="t", Details={"Name": "global", "Regions": [{"Bucket": "bucket", "BucketAccountId": "210987654321"}]})), late_error("AccessDenied")),
    row("manual", "get nothing", get, MISSING),
    row("manual", "list", after(ready, lambda s: s.control.ListMultiRegionAccessPoints()), expect_answer(AccessPoints=lambda s: [get(s)], NextToken=ABSENT)),
    row("O391", "a bad token", lambda s: s.control.ListMultiRegionAccessPoints(NextToken="*"), INVALID),
    row("manual", "an operation in progress", after(create, describe), expect_answer(Operation="CreateMultiRegionAccessPoint", RequestStatus="INPROGRESS", RequestParameters={"CreateMultiRegionAccessPointRequest": details()})),
    row("manual", "an operation that is done", after(create, second, describe), expect_answer(RequestStatus="SUCCEEDED", ResponseDetails={"MultiRegionAccessPointDetails": {"Regions": [{"Name": "us-east-1", "RequestStatus": "SUCCEEDED"}, {"Name": "eu-west-1", "RequestStatus": "SUCCEEDED"}]}})),
    row("manual", "no operation", lambda s: s.control.DescribeMultiRegionAccessPointOperation(RequestTokenARN="arn:aws:s3:us-west-2:123456789012:async-request/mrap/create/none"), expect_error("NoSuchAsyncRequest", 404, "The specified request was not found.")),
    row("manual", "being deleted", after(ready, delete, get), expect_answer(Status="DELETING")),
    row("manual", "deleted", after(ready, delete, second, get), MISSING),
    row("manual", "delete nothing", fails(delete), late_error("NoSuchMultiRegionAccessPoint")),
    row("manual", "no policy", after(ready, lambda s: s.control.GetMultiRegionAccessPointPolicy(Name="global")), expect_answer(Policy={})),
    row("manual", "a proposed policy", after(ready, put_policy(), lambda s: s.control.GetMultiRegionAccessPointPolicy(Name="global")), expect_answer(Policy=lambda s: {"Proposed": {"Policy": policy_of(s)}})),
    row("manual", "an established policy", after(ready, put_policy(), second, lambda s: s.control.GetMultiRegionAccessPointPolicy(Name="global")), expect_answer(Policy=lambda s: {"Established": {"Policy": policy_of(s)}, "Proposed": {"Policy": policy_of(s)}})),
    row("O225", "a public policy", fails(after(ready, put_policy("*"))), late_error("AccessDenied")),
    row("O111", "a policy that is no JSON", fails(after(ready, put_policy(policy="x"))), late_error("MalformedPolicy")),
    row("manual", "policy of nothing", fails(put_policy(policy="{}")), late_error("NoSuchMultiRegionAccessPoint")),
    row("O225", "status", after(lambda s: ready(s, PublicAccessBlock=OPEN), put_policy("*"), second, lambda s: s.control.GetMultiRegionAccessPointPolicyStatus(Name="global")), expect_answer(Established={"IsPublic": True})),
    row("manual", "routes", after(ready, lambda s: s.control.GetMultiRegionAccessPointRoutes(Mrap=s.arn)), expect_answer(Mrap=lambda s: s.arn, Routes=[{"Bucket": "bucket", "Region": "us-east-1", "TrafficDialPercentage": 100}, {"Bucket": "far", "Region": "eu-west-1", "TrafficDialPercentage": 100}])),
    row("manual", "passive", after(ready, routes(FAR_OFF), lambda s: s.control.GetMultiRegionAccessPointRoutes(Mrap=s.arn)), expect_answer(Routes=[{"Bucket": "bucket", "Region": "us-east-1", "TrafficDialPercentage": 100}, {"Bucket": "far", "Region": "eu-west-1", "TrafficDialPercentage": 0}])),
    row("manual", "all passive", after(ready, routes(FAR_OFF, NEAR_OFF)), INVALID),
    row("manual", "a route of another bucket", after(ready, routes({"Bucket": "other", "TrafficDialPercentage": 0})), INVALID),
    row("manual", "half a route", after(ready, routes({"Bucket": "far", "TrafficDialPercentage": 50})), INVALID),
    row("manual", "routes of nothing", lambda s: s.control.GetMultiRegionAccessPointRoutes(Mrap="arn:aws:s3::123456789012:accesspoint/none.mrap"), MISSING),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_operations(scene, act, expect):
    given, act = act if isinstance(act, tuple) else ((), act)
    scene.fake.clock.freeze("2030-01-01T00:00:00Z")
    for step in given:
        step(scene)
    expect.check(scene, act)


def test_other_regions_redirect():
    """O397"""
    with FakeS3(buckets=["bucket"]) as fake:
        control = fake.client("s3control", region_name="us-east-1")
        with pytest.raises(ClientError, match="only available in the following Regions: us-west-2") as raised:
            control.list_multi_region_access_points(AccountId=ACCOUNT)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 301


@pytest.fixture
def fake():
    with FakeS3(buckets=["bucket"]) as fake:
        fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        control = fake.client("s3control", region_name="us-west-2")
        settings = {"Name": "global", "PublicAccessBlock": OPEN, "Regions": [{"Bucket": "bucket"}, {"Bucket": "far"}]}
        control.create_multi_region_access_point(AccountId=ACCOUNT, ClientToken="t", Details=settings)
        fake.clock.advance(minutes=1)
        yield fake


def alias_of(fake):
    control = fake.client("s3control", region_name="us-west-2")
    return control.get_multi_region_access_point(AccountId=ACCOUNT, Name="global")["AccessPoint"]["Alias"]


def test_requests_go_to_the_active_bucket(fake):
    """By the host that clients use, which need SigV4A; here anonymous requests, allowed by policies."""
    alias = alias_of(fake)
    arn = f"arn:aws:s3::{ACCOUNT}:accesspoint/{alias}"
    control = fake.client("s3control", region_name="us-west-2")
    allow = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": f"{arn}/object/*"}]})
    control.put_multi_region_access_point_policy(
        AccountId=ACCOUNT, ClientToken="p", Details={"Name": "global", "Policy": policy}
    )
    for name in ("bucket", "far"):
        fake.client().delete_public_access_block(Bucket=name)
        document = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": f"arn:aws:s3:::{name}/*"}]}
        fake.client().put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    fake.clock.advance(minutes=1)
    url = f"https://{alias}.accesspoint.s3-global.amazonaws.com/key"
    assert requests.put(url, data=b"near").status_code == 200
    assert fake.object("bucket", "key").body == b"near"
    control.submit_multi_region_access_point_routes(AccountId=ACCOUNT, Mrap=arn, RouteUpdates=[NEAR_OFF])
    assert (
        requests.get(url).status_code == 403
    )  # O264: whoever may not list the bucket does not learn that it is missing
    fake.put("far", "key", b"far")
    assert requests.get(url).text == "far"


def test_signatures_for_all_regions(fake):
    """botocore signs requests for such an ARN with SigV4A, for which it needs awscrt."""
    arn = f"arn:aws:s3::{ACCOUNT}:accesspoint/{alias_of(fake)}"
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    try:
        s3.put_object(Bucket=arn, Key="key", Body=b"x")
    except MissingDependencyException:
        assert fake.buckets["bucket"].keys() == []
    else:
        assert s3.get_object(Bucket=arn, Key="key")["Body"].read() == b"x"
        assert fake.object("bucket", "key").body == b"x"
