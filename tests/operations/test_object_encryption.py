"""UpdateObjectEncryption: another encryption of an object that is there (messages by S3's manual)."""

import pytest

from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

pytestmark = pytest.mark.skipif(is_older(), reason="this botocore does not have the operation")
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TRY_AGAIN = "Modify the request to {}, and then try again."


def update(arn=ARN, **params):
    members = {name: params.pop(name) for name in ("BucketKeyEnabled",) if name in params}
    return lambda scene: scene.UpdateObjectEncryption(
        ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn, **members}}, **params
    )


OTHER_ACCOUNT = (
    "The Amazon Web Services KMS key in the request must be owned by the same account as the bucket. "
    + TRY_AGAIN.format("specify a KMS key from the same account")
)
INVALID_ARN = (
    "Requests that modify an object's encryption type to SSE-KMS require a valid Amazon Web Services KMS key Amazon "
    "Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again."
)
ROWS = [
    row("manual", "to a key", update(), expect_answer(RequestCharged=ABSENT)),
    row("manual", "a key's id", update("1234abcd-12ab-34cd-56ef-1234567890ab"), expect_error("InvalidRequest", 400, INVALID_ARN)),
    row("manual", "a key's alias", update("arn:aws:kms:us-east-1:123456789012:alias/key"), expect_error("InvalidRequest", 400, INVALID_ARN)),
    row("manual", "another account's key", update(ARN.replace("123456789012", "111122223333")), expect_error("AccessDenied", 403, OTHER_ACCOUNT)),
    row("manual", "no such key", update(Key="none"), expect_error("NoSuchKey", 404, Key="none")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    scene.PutObject(Body=b"body")
    expect.check(scene, act)


def test_everything_else_of_the_object_stays(scene):
    scene.PutObject(Body=b"body", Metadata={"a": "b"})
    before = scene.HeadObject()
    update(BucketKeyEnabled=True)(scene)
    after = scene.HeadObject()
    assert (after["ServerSideEncryption"], after["SSEKMSKeyId"], after["BucketKeyEnabled"]) == ("aws:kms", ARN, True)
    for member in ("ETag", "LastModified", "Metadata", "ContentLength"):
        assert after[member] == before[member]
    assert scene.GetObject()["Body"] == b"body"


def test_versions(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    first = scene.PutObject(Body=b"1")["VersionId"]
    scene.PutObject(Body=b"2")
    update(VersionId=first)(scene)
    assert scene.HeadObject(VersionId=first)["SSEKMSKeyId"] == ARN
    assert scene.HeadObject()["ServerSideEncryption"] == "AES256"


def test_objects_under_dsse(scene):
    scene.PutObject(Body=b"body", ServerSideEncryption="aws:kms:dsse")
    message = (
        "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. "
        "Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
    )
    expect_error("InvalidRequest", 400, message).check(scene, update())


def test_locked_objects(scene):
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    body = {"Body": b"body", "ContentMD5": "hBotaJrYa9FhFEdFPCLG/A=="}
    scene.PutObject(Bucket="locked", ObjectLockLegalHoldStatus="ON", **body)
    expect_error("AccessDenied", 403).check(scene, update(Bucket="locked"))
    scene.PutObjectLegalHold(Bucket="locked", LegalHold={"Status": "OFF"})
    update(Bucket="locked")(scene)


def test_torrents_are_refused(scene):
    """O348"""
    scene.PutObject(Body=b"body")
    expect_error("MethodNotAllowed", 405, Method="GET", ResourceType="TORRENT").check(
        scene, lambda s: s.GetObjectTorrent()
    )
