"""CreateBucket, HeadBucket, ListBuckets, GetBucketLocation, DeleteBucket: what S3 answers."""

import pytest

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


@pytest.mark.parametrize(("constraint", "expected"), [("eu-west-1", "eu-west-1"), ("EU", "eu-west-1"), (None, None)])
def test_location(scene, constraint, expected):
    scene.CreateBucket(Bucket="new", **(in_region(constraint) if constraint else {}))
    assert scene.GetBucketLocation(Bucket="new").get("LocationConstraint") == expected


def names(answer):
    return [bucket["Name"] for bucket in answer["Buckets"]]


def test_list_buckets(scene):
    """S3's manual: with any parameter the answer has regions and pages."""
    scene.CreateBucket(Bucket="eu-bucket", **in_region("eu-west-1"))
    answer = scene.ListBuckets()
    assert names(answer) == ["bucket", "eu-bucket", "other"]
    assert "BucketRegion" not in answer["Buckets"][0]
    assert set(answer["Owner"]) == {"ID"}
    assert names(scene.ListBuckets(Prefix="eu")) == ["eu-bucket"]
    assert names(scene.ListBuckets(BucketRegion="eu-west-1")) == ["eu-bucket"]
    first = scene.ListBuckets(MaxBuckets=2)
    assert [bucket["BucketRegion"] for bucket in first["Buckets"]] == ["us-east-1", "eu-west-1"]
    second = scene.ListBuckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert names(second) == ["other"]
    assert "ContinuationToken" not in second


def test_operations_that_are_not_implemented(scene):
    expect_error("NotImplemented", 501, "fakes3mp does not implement GetBucketWebsite.").check(
        scene, lambda s: s.GetBucketWebsite()
    )
