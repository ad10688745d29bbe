"""CreateBucket, HeadBucket, ListBuckets, GetBucketLocation, DeleteBucket: what S3 answers."""

import pytest

from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

INVALID_NAME = "The specified bucket is not valid."


def create(name, **params):
    return lambda scene: scene.CreateBucket(Bucket=name, **params)


def in_region(region):
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


BUCKETS = [
    row("O1", "create", create("new"), expect_answer(Location="/new", BucketArn="arn:aws:s3:::new")),
    row("O2", "create again", create("bucket"), expect_answer(Location="/bucket")),
    row("O12", "dots", create("a.b.c"), expect_answer(Location="/a.b.c")),
    row("manual", "another region", create("eu-bucket", **in_region("eu-west-1")), expect_answer(Location="http://eu-bucket.s3.amazonaws.com/")),
    row("manual", "head", lambda s: s.HeadBucket(), expect_answer(BucketRegion="us-east-1")),
    row("O9", "location of nothing", lambda s: s.GetBucketLocation(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O5", "delete", lambda s: s.DeleteBucket(Bucket="other"), expect_answer(Location=ABSENT)),
    row("O9", "delete nothing", lambda s: s.DeleteBucket(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BUCKETS)
def test_buckets(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.parametrize("name", ["UPPER", "ab", "a" * 64, "under_score", "-a-b", "a..b", "10.0.0.1"])
def test_bad_names(scene, name):
    """S3's naming rules; boto3 lets these through to the server."""
    expect_error("InvalidBucketName", 400, INVALID_NAME, BucketName=name).check(scene, create(name))


def test_delete_with_objects(scene):
    """O6, and deletable once it is empty."""
    scene.PutObject(Body=b"")
    message = "The bucket you tried to delete is not empty"
    expect_error("BucketNotEmpty", 409, message, BucketName="bucket").check(scene, lambda scene: scene.DeleteBucket())
    scene.DeleteObject()
    scene.DeleteBucket()
    assert "bucket" not in scene.fake.buckets


def test_delete_with_open_uploads(scene):
    """F112: they are aborted with the bucket."""
    scene.upload(b"aaaaa")
    scene.DeleteBucket()
    assert [upload.state for upload in scene.fake.uploads] == ["aborted"]
    scene.CreateBucket()
    assert "Uploads" not in scene.ListMultipartUploads()
    expect_error("NoSuchUpload", 404, None, UploadId=lambda s: s.upload_id).check(scene, lambda s: s.part(1, b""))


def test_create_again_in_another_region(scene):
    """S3's manual: only us-east-1 answers a second creation with success."""
    scene.CreateBucket(Bucket="eu-bucket", **in_region("eu-west-1"))
    expect_error("BucketAlreadyOwnedByYou", 409, None, BucketName="eu-bucket").check(
        scene, create("eu-bucket", **in_region("eu-west-1"))
    )


@pytest.mark.parametrize(
    ("constraint", "region"), [("eu-west-1", "eu-west-1"), ("EU", "eu-west-1"), (None, "us-east-1")]
)
def test_location(scene, constraint, region):
    """O251: the location is the constraint for good."""
    scene.CreateBucket(Bucket="new", **(in_region(constraint) if constraint else {}))
    assert scene.GetBucketLocation(Bucket="new").get("LocationConstraint") == constraint
    assert scene.fake.buckets["new"].region == region


NAMESPACES = [
    row("O232", "global", create("new", BucketNamespace="global"), expect_answer(Location="/new")),
    row("O232", "the account's", create("new-123456789012-us-east-1-an", BucketNamespace="account-regional"), expect_answer(Location="/new-123456789012-us-east-1-an")),
    row("O232", "another name", create("new", BucketNamespace="account-regional"), expect_error("InvalidBucketNamespace", 400, BucketName="new")),
    row("O232", "another account's", create("new-000000000000-us-east-1-an", BucketNamespace="account-regional"), expect_error("InvalidBucketNamespace", 400, BucketName="new-000000000000-us-east-1-an")),
    row("O232", "another region's", create("new-123456789012-us-east-1-an", BucketNamespace="account-regional", **in_region("eu-west-1")), expect_error("InvalidBucketNamespace", 400, BucketName="new-123456789012-us-east-1-an")),
    row("O232", "no namespace", create("new", BucketNamespace="local"), expect_error("InvalidArgument", 400, ArgumentName="x-amz-bucket-namespace", ArgumentValue="local")),
]  # fmt: skip


@pytest.mark.skipif(is_older(), reason="the model has no namespaces")
@pytest.mark.parametrize(("act", "expect"), NAMESPACES)
def test_namespaces(scene, act, expect):
    expect.check(scene, act)


def names(answer):
    return [bucket["Name"] for bucket in answer["Buckets"]]


def test_list_buckets(scene):
    """O253: with any parameter the answer has pages, regions and ARNs."""
    scene.CreateBucket(Bucket="eu-bucket", **in_region("eu-west-1"))
    answer = scene.ListBuckets()
    assert names(answer) == ["bucket", "eu-bucket", "other"]
    assert "BucketRegion" not in answer["Buckets"][0]
    assert set(answer["Owner"]) == {"ID"}
    assert names(scene.ListBuckets(Prefix="eu")) == ["eu-bucket"]
    assert names(scene.ListBuckets(BucketRegion="eu-west-1")) == ["eu-bucket"]
    first = scene.ListBuckets(MaxBuckets=2)
    assert [bucket["BucketRegion"] for bucket in first["Buckets"]] == ["us-east-1", "eu-west-1"]
    assert is_older() or [bucket["BucketArn"] for bucket in first["Buckets"]] == [
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::eu-bucket",
    ]
    no_region = "Argument value eu-east-1 is not a valid AWS Region"
    expect_error("InvalidArgument", 400, no_region, ArgumentName="bucket-region").check(
        scene, lambda s: s.ListBuckets(BucketRegion="eu-east-1")
    )
    second = scene.ListBuckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert names(second) == ["other"]
    assert "ContinuationToken" not in second


def test_operations_that_are_not_implemented(scene, monkeypatch):
    """S3's own operations are all implemented: here none is"""
    monkeypatch.setattr("fakes3mp.service.service.find_operation", lambda name: None)
    expect_error("NotImplemented", 501, "fakes3mp does not implement GetBucketWebsite.").check(
        scene, lambda s: s.GetBucketWebsite()
    )
