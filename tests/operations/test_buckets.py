"""CreateBucket, HeadBucket, ListBuckets, GetBucketLocation, DeleteBucket: what S3 answers."""

import pytest

from tests.operations.scene import ABSENT, answered, refused, row

NO_NAME = "The specified bucket is not valid."


def create(name, **params):
    return lambda scene: scene.CreateBucket(Bucket=name, **params)


def located(region):
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


BUCKETS = [
    row("O1", "create", create("new"), answered(Location="/new", BucketArn="arn:aws:s3:::new")),
    row("O2", "create again", create("bucket"), answered(Location="/bucket")),
    row("O12", "dots", create("a.b.c"), answered(Location="/a.b.c")),
    row("manual", "elsewhere", create("eu-bucket", **located("eu-west-1")), answered(Location="http://eu-bucket.s3.amazonaws.com/")),
    row("manual", "head", lambda s: s.HeadBucket(), answered(BucketRegion="us-east-1")),
    row("O9", "location of nothing", lambda s: s.GetBucketLocation(Bucket="x"), refused("NoSuchBucket", 404, None, BucketName="x")),
    row("O5", "delete", lambda s: s.DeleteBucket(Bucket="other"), answered(Location=ABSENT)),
    row("O9", "delete nothing", lambda s: s.DeleteBucket(Bucket="x"), refused("NoSuchBucket", 404, None, BucketName="x")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BUCKETS)
def test_buckets(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.parametrize("name", ["UPPER", "ab", "a" * 64, "under_score", "-a-b", "a..b", "10.0.0.1"])
def test_bad_names(scene, name):
    """S3's naming rules; boto3 lets these through to the server."""
    refused("InvalidBucketName", 400, NO_NAME, BucketName=name).check(scene, create(name))


def test_delete_with_objects(scene):
    """O6, and deletable once it is empty."""
    scene.PutObject(Body=b"")
    message = "The bucket you tried to delete is not empty"
    refused("BucketNotEmpty", 409, message, BucketName="bucket").check(scene, lambda scene: scene.DeleteBucket())
    scene.DeleteObject()
    scene.DeleteBucket()
    assert "bucket" not in scene.fake.buckets


def test_delete_with_open_uploads(scene):
    """F112: they go with the bucket."""
    scene.upload(b"aaaaa")
    scene.DeleteBucket()
    assert [each.state for each in scene.fake.uploads] == ["aborted"]
    scene.CreateBucket()
    assert "Uploads" not in scene.ListMultipartUploads()
    refused("NoSuchUpload", 404, None, UploadId=lambda s: s.upload_id).check(scene, lambda s: s.part(1, b""))


def test_elsewhere_again(scene):
    """S3's manual: only us-east-1 answers a second creation as done."""
    scene.CreateBucket(Bucket="eu-bucket", **located("eu-west-1"))
    refused("BucketAlreadyOwnedByYou", 409, None, BucketName="eu-bucket").check(
        scene, create("eu-bucket", **located("eu-west-1"))
    )


@pytest.mark.parametrize(("constraint", "expected"), [("eu-west-1", "eu-west-1"), ("EU", "eu-west-1"), (None, None)])
def test_location(scene, constraint, expected):
    scene.CreateBucket(Bucket="new", **(located(constraint) if constraint else {}))
    assert scene.GetBucketLocation(Bucket="new").get("LocationConstraint") == expected


def names(answer):
    return [each["Name"] for each in answer["Buckets"]]


def test_list_buckets(scene):
    """S3's manual: regions only where a parameter was given; pages by token."""
    scene.CreateBucket(Bucket="eu-bucket", **located("eu-west-1"))
    plain = scene.ListBuckets()
    assert names(plain) == ["bucket", "eu-bucket", "other"]
    assert "BucketRegion" not in plain["Buckets"][0]
    assert set(plain["Owner"]) == {"ID"}
    assert names(scene.ListBuckets(Prefix="eu")) == ["eu-bucket"]
    assert names(scene.ListBuckets(BucketRegion="eu-west-1")) == ["eu-bucket"]
    first = scene.ListBuckets(MaxBuckets=2)
    assert [each["BucketRegion"] for each in first["Buckets"]] == ["us-east-1", "eu-west-1"]
    rest = scene.ListBuckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert names(rest) == ["other"]
    assert "ContinuationToken" not in rest


def test_other_operations_name_themselves(scene):
    refused("NotImplemented", 501, "fakes3mp does not implement GetBucketWebsite.").check(
        scene, lambda s: s.GetBucketWebsite()
    )
