"""Tags of objects and buckets: header, document, limits."""

import pytest
import requests
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.server.server import Server
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=OWN/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
}
INVALID_HEADER = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."


def tags(*pairs):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}


def invalid_tag(message, **fields):
    return expect_error("InvalidTag", 400, message, **fields)


def object_tags(*pairs, **params):
    return lambda scene: scene.PutObjectTagging(Tagging=tags(*pairs), **params)


def bucket_tags(*pairs, **params):
    return lambda scene: scene.PutBucketTagging(Tagging=tags(*pairs), **params)


DUPLICATE = invalid_tag("Cannot provide multiple Tags with the same key", TagKey="a")
BAD_KEY = invalid_tag("The TagKey you have provided is invalid", TagKey="a,b")
BAD_VALUE = invalid_tag("The TagValue you have provided is invalid", TagKey="a", TagValue="b,c")
LONG_KEY, LONG_VALUE = "k" * 129, "v" * 257
BAD_TAGS = [
    row("O97", "duplicate", object_tags(("a", "1"), ("a", "2")), DUPLICATE),
    row("O97", "comma in a key", object_tags(("a,b", "")), BAD_KEY),
    row("O97", "comma in a value", object_tags(("a", "b,c")), BAD_VALUE),
    row("O97", "system prefix", object_tags(("aws:x", "")), invalid_tag("Your TagKey cannot be prefixed with aws:", TagKey="aws:x")),
    row("manual", "eleven", object_tags(*((str(n), "") for n in range(11))), expect_error("BadRequest", 400, "Object tags cannot be greater than 10")),
    row("manual", "long key", object_tags((LONG_KEY, "")), invalid_tag("The TagKey you have provided is invalid", TagKey=LONG_KEY)),
    row("manual", "long value", object_tags(("a", LONG_VALUE)), invalid_tag("The TagValue you have provided is invalid", TagKey="a", TagValue=LONG_VALUE)),
    row("O96", "put, no key", object_tags(("a", ""), Key="x"), expect_error("NoSuchKey", 404, None, Key="x")),
    row("O96", "get, no key", lambda s: s.GetObjectTagging(Key="x"), expect_error("NoSuchKey", 404, None, Key="bucket/x")),
    row("O96", "delete, no key", lambda s: s.DeleteObjectTagging(Key="x"), expect_error("NoSuchKey", 404, None, Key="x")),
    row("O9", "no bucket", lambda s: s.GetObjectTagging(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O85", "bucket without", lambda s: s.GetBucketTagging(), expect_error("NoSuchTagSet", 404, "The TagSet does not exist", BucketName="bucket")),
    row("O89", "bucket duplicate", bucket_tags(("a", "1"), ("a", "2")), DUPLICATE),
    row("O90", "bucket comma in a key", bucket_tags(("a,b", "")), BAD_KEY),
    row("O90", "bucket comma in a value", bucket_tags(("a", "b,c")), BAD_VALUE),
    row("O91", "bucket system prefix", bucket_tags(("aws:x", "")), invalid_tag("System tags cannot be added/updated by requester", TagKey="aws:x")),
    row("manual", "fifty-one", bucket_tags(*((str(n), "") for n in range(51))), expect_error("BadRequest", 400, "Bucket tag count cannot be greater than 50")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD_TAGS)
def test_bad_tags(scene, act, expect):
    scene.PutObject(Body=b"")
    expect.check(scene, act)


def test_object_tags(scene):
    """O94, O95, O21: replaced as a whole, in their order, counted."""
    scene.PutObject(Body=b"")
    assert scene.GetObjectTagging()["TagSet"] == []
    expect_answer(TagCount=ABSENT).check(scene, lambda s: s.HeadObject())
    scene.PutObjectTagging(Tagging=tags(("b", "1"), ("a", "")))
    assert scene.GetObjectTagging()["TagSet"] == tags(("b", "1"), ("a", ""))["TagSet"]
    expect_answer(TagCount=2).check(scene, lambda s: s.HeadObject())
    scene.PutObjectTagging(Tagging=tags(("c", "2")))
    assert scene.GetObjectTagging()["TagSet"] == tags(("c", "2"))["TagSet"]
    scene.DeleteObjectTagging()
    assert scene.GetObjectTagging()["TagSet"] == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("tag1=tag1&tag=", [("tag1", "tag1"), ("tag", "")]),
        ("wrongquery&wrongagain", [("wrongquery", ""), ("wrongagain", "")]),
        ("key1&&&key2", [("key1", ""), ("key2", "")]),
        ("a%20b=c%2Bd+e", [("a b", "c+d e")]),
    ],
)
def test_the_header(scene, header, expected):
    """O98, on put and on create."""
    scene.PutObject(Body=b"", Tagging=header)
    assert sorted(scene.GetObjectTagging()["TagSet"], key=str) == sorted(tags(*expected)["TagSet"], key=str)
    scene.complete_upload_of(b"x", Tagging=header)
    assert sorted(scene.GetObjectTagging()["TagSet"], key=str) == sorted(tags(*expected)["TagSet"], key=str)
    scene.PutObject(Body=b"")
    assert scene.GetObjectTagging()["TagSet"] == []  # O100


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload"])
@pytest.mark.parametrize(
    "header",
    ["key1=val1&key1=val2", "key1=val1,key2=val2", "=", "=v", "a=1&=v", "%zz=1", "a=%", "a=1%4", "%ff=1", "a=%c3"],
)
def test_bad_headers(scene, operation, header):
    """O99, O222"""
    expect_error("InvalidArgument", 400, INVALID_HEADER, ArgumentName="x-amz-tagging", ArgumentValue=header).check(
        scene, lambda s: s.call(operation, Bucket="bucket", Key="key", Tagging=header)
    )


def test_versions_have_their_own(scene):
    """O101, O102"""
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    first = scene.PutObject(Body=b"", Tagging="a=1")["VersionId"]
    second = scene.PutObject(Body=b"")["VersionId"]
    assert scene.PutObjectTagging(Tagging=tags(("b", "2")))["VersionId"] == second
    assert scene.GetObjectTagging(VersionId=first)["TagSet"] == tags(("a", "1"))["TagSet"]
    assert scene.GetObjectTagging()["VersionId"] == second
    marker = scene.DeleteObject()["VersionId"]
    message = "The specified method is not allowed against this resource."
    for operation, method, params in [
        ("PutObjectTagging", "PUT", {"Tagging": tags(("a", ""))}),
        ("GetObjectTagging", "GET", {}),
        ("DeleteObjectTagging", "DELETE", {}),
    ]:
        for version in ({}, {"VersionId": marker}):
            expect_error("MethodNotAllowed", 405, message, Method=method, ResourceType="DeleteMarker").check(
                scene,
                lambda s: s.call(operation, Bucket="bucket", Key="key", **params, **version),  # noqa: B023
            )


def test_tags_of_copies(scene):
    scene.PutObject(Body=b"", Tagging="a=1")
    source = {"Bucket": "bucket", "Key": "key"}
    scene.CopyObject(Key="copied", CopySource=source, Tagging="ignored=1")
    assert scene.GetObjectTagging(Key="copied")["TagSet"] == tags(("a", "1"))["TagSet"]
    scene.CopyObject(Key="new", CopySource=source, TaggingDirective="REPLACE", Tagging="b=2")
    assert scene.GetObjectTagging(Key="new")["TagSet"] == tags(("b", "2"))["TagSet"]


def test_bucket_tags(scene):
    """O86-O88"""
    scene.PutBucketTagging(Tagging=tags(("a", ""), ("b", "1")))
    assert scene.GetBucketTagging()["TagSet"] == tags(("a", ""), ("b", "1"))["TagSet"]
    for removing in (
        lambda: scene.PutBucketTagging(Tagging={"TagSet": []}),
        scene.DeleteBucketTagging,
        scene.DeleteBucketTagging,
    ):
        scene.PutBucketTagging(Tagging=tags(("a", "")))
        removing()
        expect_error("NoSuchTagSet", 404, None, BucketName="bucket").check(scene, lambda s: s.GetBucketTagging())


@pytest.mark.parametrize("path", ["/bucket", "/bucket/k"])
def test_a_document_without_a_set(path):
    """O242, O87, O94: ``<Tagging/>`` means no tags. botocore does not send it, so it goes by requests and to the server."""
    with FakeS3(buckets=["bucket"]) as fake, Server(fake) as server:
        fake.put("bucket", "k", b"", Tagging="a=1")
        client = fake.client()
        for base in ("https://s3.us-east-1.amazonaws.com", server.url):
            client.put_bucket_tagging(Bucket="bucket", Tagging=tags(("a", "1")))
            client.put_object_tagging(Bucket="bucket", Key="k", Tagging=tags(("a", "1")))
            answer = requests.put(f"{base}{path}?tagging", data="<Tagging/>", headers=SIGNED)
            assert answer.status_code == (200 if path.endswith("k") else 204), answer.text
            if path.endswith("k"):
                assert client.get_object_tagging(Bucket="bucket", Key="k")["TagSet"] == []
            else:
                with pytest.raises(ClientError, match="NoSuchTagSet"):
                    client.get_bucket_tagging(Bucket="bucket")


def create(*pairs, bucket="new"):
    return lambda scene: scene.CreateBucket(Bucket=bucket, CreateBucketConfiguration={"Tags": tags(*pairs)["TagSet"]})


def test_tags_at_creation(scene):
    """O2-O4, O92"""
    create(("a", "1"))(scene)
    assert scene.GetBucketTagging(Bucket="new")["TagSet"] == tags(("a", "1"))["TagSet"]
    create()(scene)
    assert scene.GetBucketTagging(Bucket="new")["TagSet"] == tags(("a", "1"))["TagSet"]
    message = "Your previous request to create the named bucket succeeded and you already own it."
    expect_error("BucketAlreadyOwnedByYou", 409, message, BucketName="new").check(scene, create(("a", "1")))
    reserved = 'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.'
    invalid_tag(reserved).check(scene, create(("aws:x", ""), bucket="newer"))
    BAD_VALUE.check(scene, create(("a", "b,c"), bucket="newer"))  # O93
    assert "newer" not in scene.fake.buckets
