"""Event holds of Object Lock: retention until the hold is released, and for its period from then on (O349)."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, WAYS_IN, Scene, expect_answer, expect_error, row

pytestmark = pytest.mark.skipif(is_older(), reason="this botocore has no event holds")
BEGIN = datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
BODY = {"Body": b"body", "ContentMD5": "hBotaJrYa9FhFEdFPCLG/A=="}
HOLD = {"ObjectLockMode": "COMPLIANCE", "ObjectLockEventHold": "ON", "ObjectLockEventHoldDurationDays": 30}
PROTECTED = expect_error("AccessDenied", 403, "Access Denied because object protected by object lock.")
HEADER = "x-amz-object-lock-event-hold"


@pytest.fixture(params=WAYS_IN)
def scene(request):
    options = {"min_part_size": 5, "open_uploads": "ignore", "seed": 3}
    with FakeS3(buckets=["other"], wire="http" if request.param == "wire" else "auto", **options) as fake:
        fake.clock.freeze(BEGIN)
        with Scene(fake, WAYS_IN[request.param]) as scene:
            scene.CreateBucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
            yield scene


def put(**hold):
    return lambda scene: scene.PutObject(**BODY, **hold)


def retain(**retention):
    return lambda scene: scene.PutObjectRetention(Retention=retention)


ROWS = [
    row("manual", "neither on nor off", put(**{**HOLD, "ObjectLockEventHold": "MAYBE"}), expect_error("InvalidArgument", 400, ArgumentName="x-amz-object-lock-retain-until-date")),
    row("manual", "neither on nor off, no mode", put(ObjectLockEventHold="MAYBE"), expect_error("InvalidArgument", 400, ArgumentName=HEADER, ArgumentValue="MAYBE")),
    row("manual", "days and years", put(**HOLD, ObjectLockEventHoldDurationYears=1), expect_error("InvalidArgument", 400, ArgumentName=f"{HEADER}-duration")),
    row("manual", "no duration", put(ObjectLockMode="GOVERNANCE", ObjectLockEventHold="ON"), expect_error("InvalidArgument", 400, ArgumentName=f"{HEADER}-duration")),
    row("manual", "no days", put(**{**HOLD, "ObjectLockEventHoldDurationDays": 0}), expect_error("InvalidArgument", 400, ArgumentName=f"{HEADER}-duration", ArgumentValue="0")),
    row("manual", "too many days", put(**{**HOLD, "ObjectLockEventHoldDurationDays": 36501}), expect_error("InvalidArgument", 400, ArgumentName=f"{HEADER}-duration", ArgumentValue="36501")),
    row("manual", "a duration without a hold", put(ObjectLockEventHoldDurationDays=1), expect_error("InvalidArgument", 400, ArgumentName=HEADER)),
    row("manual", "no lock on the bucket", put(Bucket="other", **HOLD), expect_error("InvalidRequest", 400, "Bucket is missing Object Lock Configuration")),
    row("manual", "a hold and a date", retain(Mode="COMPLIANCE", EventHold="ON", EventHoldDuration={"Days": 1}, RetainUntilDate=BEGIN + timedelta(days=1)), expect_error("MalformedXML", 400)),
    row("manual", "a hold without a mode", retain(EventHold="ON", EventHoldDuration={"Days": 1}), expect_error("MalformedXML", 400)),
    row("manual", "a hold without a period", retain(Mode="COMPLIANCE", EventHold="ON"), expect_error("InvalidArgument", 400, ArgumentName="EventHoldDuration")),
    row("manual", "a hold of 101 years", retain(Mode="COMPLIANCE", EventHold="ON", EventHoldDuration={"Years": 101}), expect_error("InvalidArgument", 400, ArgumentName="EventHoldDuration", ArgumentValue="101")),
    row("manual", "a period without a hold", retain(EventHoldDuration={"Years": 1}), expect_error("MalformedXML", 400)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    put()(scene)
    expect.check(scene, act)


def write_with_hold(scene, way):
    if way == "put":
        put(**HOLD)(scene)
    elif way == "copy":
        scene.PutObject(Bucket="other", Body=b"body")
        scene.CopyObject(CopySource="other/key", **HOLD)
    elif way == "upload":
        scene.upload_id = scene.CreateMultipartUpload(**HOLD)["UploadId"]
        etag = scene.UploadPart(PartNumber=1, **BODY)["ETag"]
        scene.complete([etag])
    elif way == "retention":
        put()(scene)
        retain(Mode="COMPLIANCE", EventHold="ON", EventHoldDuration={"Days": 30})(scene)
    else:
        scene.PutObjectLockConfiguration(
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "DefaultEventHold": {"Days": 30}}},
            }
        )
        put()(scene)


@pytest.mark.parametrize("way", ["put", "copy", "upload", "retention", "default"])
def test_a_hold_retains_until_it_is_released_and_then_for_its_period(scene, way):
    write_with_hold(scene, way)
    version = scene.HeadObject()["VersionId"]
    expect_answer(
        ObjectLockMode="COMPLIANCE",
        ObjectLockEventHold="ON",
        ObjectLockEventHoldDurationDays=30,
        ObjectLockRetainUntilDate=ABSENT,
    ).check(scene, lambda s: s.HeadObject())
    expect_answer(Retention={"Mode": "COMPLIANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 30}}).check(
        scene, lambda s: s.GetObjectRetention()
    )
    scene.fake.clock.advance(days=1000)
    PROTECTED.check(scene, lambda s: s.DeleteObject(VersionId=version))
    PROTECTED.check(scene, retain(EventHold="ON", EventHoldDuration={"Days": 29}))
    retain(EventHold="OFF")(scene)
    until = BEGIN + timedelta(days=1030)
    expect_answer(Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until, "EventHold": "OFF"}).check(
        scene, lambda s: s.GetObjectRetention()
    )
    PROTECTED.check(scene, lambda s: s.DeleteObject(VersionId=version))
    scene.fake.clock.advance(days=30)
    scene.DeleteObject(VersionId=version)


def test_governance_is_bypassed(scene):
    put(**{**HOLD, "ObjectLockMode": "GOVERNANCE"})(scene)
    version = scene.HeadObject()["VersionId"]
    PROTECTED.check(scene, retain())
    scene.DeleteObject(VersionId=version, BypassGovernanceRetention=True)


def hold(days, mode="GOVERNANCE"):
    return retain(Mode=mode, EventHold="ON", EventHoldDuration={"Days": days})


def test_a_hold_is_made_longer_without_bypass(scene):
    """As a date is (O220); that it holds for event holds too is not verified."""
    put(**{**HOLD, "ObjectLockMode": "GOVERNANCE"})(scene)
    for days in (30, 31, 31):
        hold(days)(scene)
    for refused in (hold(30), hold(1), hold(31, "COMPLIANCE"), hold(32, "COMPLIANCE")):
        PROTECTED.check(scene, refused)
    expect_answer(ObjectLockMode="GOVERNANCE", ObjectLockEventHoldDurationDays=31).check(
        scene, lambda s: s.HeadObject()
    )


def test_lifecycle_waits_for_the_release(scene):
    put(**HOLD)(scene)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    scene.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": [rule]})
    put()(scene)
    scene.fake.clock.advance(days=400)
    assert len(scene.ListObjectVersions()["Versions"]) == 2
