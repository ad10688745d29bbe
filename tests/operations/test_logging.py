"""Server access logging: the document. What is logged is in tests/service/test_access_logs.py."""

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row

TO_OTHER = {"TargetBucket": "other", "TargetPrefix": "logs/"}
ID = f"{2:064x}"
READER = {"Grantee": {"Type": "CanonicalUser", "ID": ID}, "Permission": "READ"}
PARTITIONED = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
NEEDS_GRANT = expect_error("InvalidTargetBucketForLogging", 400, "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket", TargetBucket="old")  # fmt: skip


def put(**enabled):
    return lambda scene: scene.PutBucketLogging(BucketLoggingStatus={"LoggingEnabled": {**TO_OTHER, **enabled}})


def grants(*grants):
    return put(TargetGrants=list(grants))


ROWS = [
    row("manual", "untouched", lambda s: s.GetBucketLogging(), expect_answer(LoggingEnabled=ABSENT)),
    row("manual", "put and get", lambda s: (put()(s), s.GetBucketLogging())[1], expect_answer(LoggingEnabled=TO_OTHER)),
    row("manual", "simple keys", lambda s: (put(TargetObjectKeyFormat={"SimplePrefix": {}})(s), s.GetBucketLogging())[1], expect_answer(LoggingEnabled={**TO_OTHER, "TargetObjectKeyFormat": {"SimplePrefix": {}}})),
    row("manual", "partitioned keys", lambda s: (put(TargetObjectKeyFormat=PARTITIONED)(s), s.GetBucketLogging())[1], expect_answer(LoggingEnabled={**TO_OTHER, "TargetObjectKeyFormat": PARTITIONED})),
    row("manual", "an empty one turns it off", lambda s: (put()(s), s.PutBucketLogging(BucketLoggingStatus={}), s.GetBucketLogging())[2], expect_answer(LoggingEnabled=ABSENT)),
    row("manual", "to itself", put(TargetBucket="bucket"), expect_answer()),
    row("O268", "no bucket", lambda s: s.PutBucketLogging(Bucket="none", BucketLoggingStatus={"LoggingEnabled": TO_OTHER}), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("O268", "no bucket to read", lambda s: s.GetBucketLogging(Bucket="none"), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("O316", "no target", put(TargetBucket="none"), expect_error("InvalidTargetBucketForLogging", 400, "The target bucket for logging does not exist", TargetBucket="none")),
    row("manual", "two key formats", put(TargetObjectKeyFormat={"SimplePrefix": {}, **PARTITIONED}), expect_error("MalformedXML", 400)),
    row("manual", "no key format", put(TargetObjectKeyFormat={}), expect_error("MalformedXML", 400)),
    row("model", "unknown partitions", put(TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "Today"}}), expect_error("MalformedXML", 400)),
    row("manual", "grants where ACLs are disabled", grants(READER), expect_error("InvalidArgument", 400, ArgumentName="TargetGrants")),
    row("model", "unknown permission", grants({**READER, "Permission": "READ_ACP"}), expect_error("MalformedXML", 400)),
    row("O317", "a grantee without an id", grants({"Grantee": {"Type": "CanonicalUser"}, "Permission": "READ"}), expect_error("MalformedXML", 400)),
    row("O382", "a grantee by e-mail", grants({"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@example.com"}, "Permission": "READ"}), expect_error("MethodNotAllowed", 405)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_configuration(scene, act, expect):
    expect.check(scene, act)


def test_a_target_with_acls(scene):
    """O317, manual"""
    scene.fake.create_bucket("old", bucket_defaults="legacy")
    NEEDS_GRANT.check(scene, put(TargetBucket="old"))
    scene.PutBucketAcl(Bucket="old", ACL="log-delivery-write")
    enabled = {**TO_OTHER, "TargetBucket": "old", "TargetGrants": [READER]}
    put(**enabled)(scene)
    expect_answer(LoggingEnabled=enabled).check(scene, lambda s: s.GetBucketLogging())


def test_a_target_of_another_account(scene):
    """O317"""
    scene.fake._store.create_bucket("others", owner=ID)
    message = "The owner for the bucket to be logged and the target bucket must be the same."
    error = expect_error("InvalidTargetBucketForLogging", 400, message, TargetBucket="others")
    error.check(scene, put(TargetBucket="others"))


def test_a_target_in_another_region(scene):
    """O316"""
    scene.fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    message = "Cross S3 location logging not allowed. "
    error = expect_error("CrossLocationLoggingProhibitted", 403, message, TargetBucketLocation="eu-west-1")
    error.check(scene, put(TargetBucket="far"))
