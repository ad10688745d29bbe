"""Object Lock: configuration, retention, legal hold, what they prevent."""

from datetime import datetime, timedelta, timezone

import pytest

from tests.operations.scene import ABSENT, expect_answer, expect_error, row
from tests.operations.test_multipart import invalid_request

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


@pytest.fixture
def locked(scene):
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    call = scene.call
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
    for operation in ("GetObjectRetention", "GetObjectLegalHold", "PutObjectRetention", "PutObjectLegalHold"):
        MISSING.check(locked, lambda s: s.call(operation, Bucket="other", Key="key"))  # noqa: B023


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
    retain("GOVERNANCE", LATER)(locked)
    retain("GOVERNANCE", FUTURE, BypassGovernanceRetention=True)(locked)
    locked.DeleteObject()  # adds a delete marker: the version stays
    locked.DeleteObject(VersionId=version, BypassGovernanceRetention=True)


def test_compliance(locked):
    """Cannot be bypassed."""
    version = locked.PutObject(Body=b"", **until("COMPLIANCE"))["VersionId"]
    PROTECTED.check(locked, lambda s: s.DeleteObject(VersionId=version, BypassGovernanceRetention=True))
    PROTECTED.check(locked, retain("GOVERNANCE", LATER, BypassGovernanceRetention=True))
    PROTECTED.check(locked, retain("COMPLIANCE", FUTURE - timedelta(days=1), BypassGovernanceRetention=True))
    retain("COMPLIANCE", LATER)(locked)
    assert locked.GetObjectRetention()["Retention"]["RetainUntilDate"] == LATER


def test_retention_that_is_over():
    from fakes3mp import FakeS3

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
    row("manual", "in the past", retain("GOVERNANCE", PAST), invalid_argument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date", "Wed Jan 01 00:00:00 UTC 2020")),
    row("manual", "no hold", lambda s: s.PutObjectLegalHold(LegalHold={}), MALFORMED),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD_RETENTIONS)
def test_bad_retentions(locked, act, expect):
    locked.PutObject(Body=b"")
    expect.check(locked, act)
