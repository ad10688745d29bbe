"""Object Lock: configuration, retention, legal hold, what they prevent."""

from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3, S3Error
from fakes3mp.core.object_lock import Lock
from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import b64md5, invalid_request

FUTURE = datetime(2090, 1, 1, tzinfo=timezone.utc)
LATER = FUTURE + timedelta(days=1)
PAST = datetime(2020, 1, 1, tzinfo=timezone.utc)
PROTECTED = expect_error("AccessDenied", 403, "Access Denied because object protected by object lock.")
MISSING = invalid_request("Bucket is missing Object Lock Configuration")
MALFORMED = expect_error("MalformedXML", 400)
ENABLED = {"ObjectLockEnabled": "Enabled"}


def default(**retention):
    return {**ENABLED, "Rule": {"DefaultRetention": retention}}


def configure(configuration, **params):
    return lambda scene: scene.PutObjectLockConfiguration(ObjectLockConfiguration=configuration, **params)


def sending_md5(scene):
    """The scene, whose bodies come with the MD5 that they need under Object Lock (O212)."""
    call = scene.call

    def call_with_md5(operation, **params):
        md5 = {"ContentMD5": b64md5(params["Body"])} if "Body" in params else {}
        return call(operation, **md5, **params)

    scene.call = call_with_md5
    return scene


@pytest.fixture
def locked(scene):
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    call = sending_md5(scene).call
    scene.call = lambda operation, **params: call(
        operation, **{**params, **({"Bucket": "locked"} if params.get("Bucket") == "bucket" else {})}
    )
    return scene


CONFIGURATIONS = [
    row("O118", "not enabled", configure({}), MALFORMED),
    row("O118", "a rule but not enabled", configure({"Rule": default(Mode="GOVERNANCE", Days=1)["Rule"]}), MALFORMED),
    row("O118", "empty rule", configure({**ENABLED, "Rule": {}}), MALFORMED),
    row("O118", "empty default", configure(default()), MALFORMED),
    row("O118", "mode alone", configure(default(Mode="GOVERNANCE")), MALFORMED),
    row("O118", "unknown mode", configure(default(Mode="STRICT", Days=1)), MALFORMED),
    row("O118", "days and years", configure(default(Mode="GOVERNANCE", Days=1, Years=1)), MALFORMED),
    row("O219", "no days", configure(default(Mode="GOVERNANCE", Days=0)), expect_error("InvalidArgument", 400, "Default retention period must be a positive integer value.", ArgumentName="Days")),
    row("O219", "negative years", configure(default(Mode="GOVERNANCE", Years=-1)), expect_error("InvalidArgument", 400, "Default retention period must be a positive integer value.", ArgumentName="Years")),
    row("O219", "too many days", configure(default(Mode="GOVERNANCE", Days=36_501)), expect_error("InvalidArgument", 400, "Default retention period too large.", ArgumentName="Days")),
    row("O219", "too many years", configure(default(Mode="GOVERNANCE", Years=101)), expect_error("InvalidArgument", 400, "Default retention period too large.", ArgumentName="Years")),
    row("O9", "get, no bucket", lambda s: s.GetObjectLockConfiguration(Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O113", "get, none", lambda s: s.GetObjectLockConfiguration(Bucket="other"), expect_error("ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket", BucketName="other")),
    row("O114", "never versioned", configure(ENABLED, Bucket="other"), expect_error("InvalidBucketState", 409, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")),
    row("O116", "created with lock", lambda s: s.GetObjectLockConfiguration(), expect_answer(ObjectLockConfiguration=ENABLED)),
    row("O119", "suspending", lambda s: s.PutBucketVersioning(VersioningConfiguration={"Status": "Suspended"}), expect_error("InvalidBucketState", 409, "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), CONFIGURATIONS)
def test_configurations(locked, act, expect):
    expect.check(locked, act)


def test_configuring(scene):
    """O115, O117, O119"""
    sending_md5(scene)
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    configure(default(Mode="COMPLIANCE", Years=1))(scene)
    assert scene.GetObjectLockConfiguration()["ObjectLockConfiguration"] == default(Mode="COMPLIANCE", Years=1)
    scene.PutObject(Body=b"")
    head = scene.HeadObject()
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"] - head["LastModified"] == timedelta(days=365)
    configure(ENABLED)(scene)
    assert scene.GetObjectLockConfiguration()["ObjectLockConfiguration"] == ENABLED
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    scene.PutObject(Body=b"")
    assert "ObjectLockMode" not in scene.HeadObject()


RETAINED = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": FUTURE}


def until(mode="GOVERNANCE", date=FUTURE):
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": date}


def invalid_argument(message, name, value=None):
    fields = {"ArgumentName": name} | ({"ArgumentValue": value} if value else {})
    return expect_error("InvalidArgument", 400, message, **fields)


BOTH_REQUIRED = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
REQUESTS = [
    row("F14", "unknown mode", until("STRICT"), invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", "STRICT")),
    row("O257", "unknown mode alone", {"ObjectLockMode": "STRICT"}, invalid_argument(BOTH_REQUIRED, "x-amz-object-lock-retain-until-date")),
    row("manual", "mode alone", {"ObjectLockMode": "GOVERNANCE"}, invalid_argument(BOTH_REQUIRED, "x-amz-object-lock-retain-until-date")),
    row("manual", "date alone", {"ObjectLockRetainUntilDate": FUTURE}, invalid_argument(BOTH_REQUIRED, "x-amz-object-lock-mode")),
    row("manual", "date in the past", until(date=PAST), invalid_argument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date", "Wed Jan 01 00:00:00 UTC 2020")),
    row("manual", "unknown hold", {"ObjectLockLegalHoldStatus": "MAYBE"}, invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", "MAYBE")),
    row("manual", "no lock on the bucket", {**RETAINED, "Bucket": "other"}, MISSING),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload"])
@pytest.mark.parametrize(("params", "expect"), REQUESTS)
def test_requests(locked, operation, params, expect):
    expect.check(locked, lambda s: s.call(operation, **{"Bucket": "bucket", "Key": "key", **params}))


def test_lock_of_a_write(locked):
    """On put and on create, read back by HEAD, GetObjectRetention, GetObjectLegalHold."""
    params = {**RETAINED, "ObjectLockLegalHoldStatus": "ON"}
    locked.PutObject(Body=b"", **params)
    expect_answer(**params).check(locked, lambda s: s.HeadObject())
    locked.complete_upload_of(b"x", **params)
    expect_answer(**params).check(locked, lambda s: s.GetObject())
    assert locked.GetObjectRetention()["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": FUTURE}
    assert locked.GetObjectLegalHold()["LegalHold"] == {"Status": "ON"}


NOT_LOCKED = expect_error(
    "NoSuchObjectLockConfiguration", 404, "The specified object does not have a ObjectLock configuration"
)


def test_nothing_set(locked):
    locked.PutObject(Body=b"")
    NOT_LOCKED.check(locked, lambda s: s.GetObjectRetention())
    NOT_LOCKED.check(locked, lambda s: s.GetObjectLegalHold())
    expect_answer(ObjectLockMode=ABSENT).check(locked, lambda s: s.HeadObject())
    locked.PutObject(Bucket="other", Body=b"")
    for operation, document in [
        ("GetObjectRetention", {}),
        ("GetObjectLegalHold", {}),
        ("PutObjectRetention", {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": FUTURE}}),
        ("PutObjectLegalHold", {"LegalHold": {"Status": "ON"}}),
    ]:
        MISSING.check(locked, lambda s: s.call(operation, Bucket="other", Key="key", **document))  # noqa: B023
    MALFORMED.check(locked, lambda s: s.PutObjectLegalHold(Bucket="other"))  # O257


def test_a_legal_hold(locked):
    version = locked.PutObject(Body=b"")["VersionId"]
    locked.PutObjectLegalHold(LegalHold={"Status": "ON"})
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version))
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version, BypassGovernanceRetention=True))
    errors = locked.DeleteObjects(Delete={"Objects": [{"Key": "key", "VersionId": version}]})["Errors"]
    assert errors[0]["Code"] == "AccessDenied"
    locked.PutObjectLegalHold(LegalHold={"Status": "OFF"})
    locked.DeleteObject(VersionId=version)


def retain(mode, date, **params):
    retention = {"Mode": mode, "RetainUntilDate": date} if mode else {}
    return lambda scene: scene.PutObjectRetention(Retention=retention, **params)


def test_governance(locked):
    """Can be bypassed; can be made stronger without bypassing."""
    version = locked.PutObject(Body=b"", **RETAINED)["VersionId"]
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version))
    PROTECTED.check(locked, retain("GOVERNANCE", FUTURE - timedelta(days=1)))
    PROTECTED.check(locked, retain(None, None))
    PROTECTED.check(locked, retain("COMPLIANCE", LATER))  # O220
    retain("GOVERNANCE", FUTURE)(locked)
    retain("GOVERNANCE", LATER)(locked)
    retain("GOVERNANCE", FUTURE, BypassGovernanceRetention=True)(locked)
    locked.DeleteObject()  # adds a delete marker: the version stays
    locked.DeleteObject(VersionId=version, BypassGovernanceRetention=True)


def test_governance_becomes_compliance_by_bypass(locked):
    """O220"""
    version = locked.PutObject(Body=b"", **RETAINED)["VersionId"]
    retain("COMPLIANCE", FUTURE, BypassGovernanceRetention=True)(locked)
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version, BypassGovernanceRetention=True))


def test_a_retention_that_is_over_can_be_replaced_by_any():
    instant = PAST.replace(microsecond=500_000)
    lock = Lock("COMPLIANCE", instant)
    for now, is_retained in [(instant - timedelta(microseconds=1), True), (instant, False)]:  # O270
        for mode, date in [(None, None), ("GOVERNANCE", FUTURE)]:
            if is_retained:
                with pytest.raises(S3Error, match="AccessDenied"):
                    lock.with_retention(mode, date, now, bypass=True)
            else:
                assert lock.with_retention(mode, date, now, bypass=False) == Lock(mode, date)


def test_compliance(locked):
    """Cannot be bypassed."""
    version = locked.PutObject(Body=b"", **until("COMPLIANCE"))["VersionId"]
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version, BypassGovernanceRetention=True))
    PROTECTED.check(locked, retain("GOVERNANCE", LATER, BypassGovernanceRetention=True))
    PROTECTED.check(locked, retain("COMPLIANCE", FUTURE - timedelta(days=1), BypassGovernanceRetention=True))
    retain("COMPLIANCE", LATER)(locked)
    assert locked.GetObjectRetention()["Retention"]["RetainUntilDate"] == LATER


def test_retention_ends_at_its_instant():
    """O270: a version retained until half past a second is free then, and not at the full second."""
    until = PAST.replace(microsecond=500_000) + timedelta(days=2)
    now = [PAST]
    with FakeS3(clock=lambda: now[0]) as fake:
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        fake.put(
            "locked", "key", b"", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until, ContentMD5=b64md5(b"")
        )
        delete = {"Bucket": "locked", "Key": "key", "VersionId": fake.object("locked", "key").version_id}
        now[0] = until - timedelta(microseconds=1)
        with pytest.raises(ClientError, match="AccessDenied"):
            fake.client().delete_object(**delete)
        now[0] = until
        fake.client().delete_object(**delete)


def test_default_retention_at_the_end_of_time():
    """A configuration that was accepted never breaks a later call."""
    with FakeS3() as fake:
        fake.clock.freeze("9990-01-01T00:00:00Z")
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        s3 = fake.client()
        s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=default(Mode="COMPLIANCE", Years=100))
        s3.put_object(Bucket="locked", Key="key", Body=b"")
        assert s3.head_object(Bucket="locked", Key="key")["ObjectLockRetainUntilDate"].year == 9999


def test_retention_that_is_over():
    now = [PAST]
    with FakeS3(clock=lambda: now[0]) as fake:
        fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
        fake.put("locked", "key", b"", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=PAST + timedelta(days=2))
        version = fake.object("locked", "key").version_id
        now[0] += timedelta(days=3)
        fake.client().delete_object(Bucket="locked", Key="key", VersionId=version)
        assert fake.buckets["locked"].keys() == []


BAD_RETENTIONS = [
    row("manual", "mode alone", lambda s: s.PutObjectRetention(Retention={"Mode": "GOVERNANCE"}), MALFORMED),
    row("manual", "unknown mode", retain("STRICT", FUTURE), MALFORMED),
    row("O257", "in the past", retain("GOVERNANCE", PAST), invalid_argument("The retain until date must be in the future!", "RetainUntilDate", "Tue Dec 31 16:00:00 PST 2019")),
    row("O257", "in the past, in summer", retain("GOVERNANCE", PAST.replace(month=7)), invalid_argument("The retain until date must be in the future!", "RetainUntilDate", "Tue Jun 30 17:00:00 PDT 2020")),
    row("manual", "no hold", lambda s: s.PutObjectLegalHold(LegalHold={}), MALFORMED),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD_RETENTIONS)
def test_bad_retentions(locked, act, expect):
    locked.PutObject(Body=b"")
    expect.check(locked, act)
