"""RestoreObject, and what archived objects answer before, while and after they are restored (O226)."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, WAYS_IN, Scene, expect_answer, expect_error, row

BODY = b"archived"
BEGIN = datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
IN_PROGRESS = 'ongoing-request="true"'
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
TIERS = ("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS")
# S3's manual, "Archive retrieval options": where it is archived, retrieval tier -> how long it takes at most
TIMES = {
    ("GLACIER", "Expedited"): timedelta(minutes=5),
    ("GLACIER", "Standard"): timedelta(hours=5),
    ("GLACIER", "Bulk"): timedelta(hours=12),
    ("DEEP_ARCHIVE", "Standard"): timedelta(hours=12),
    ("DEEP_ARCHIVE", "Bulk"): timedelta(hours=48),
    ("ARCHIVE_ACCESS", "Expedited"): timedelta(minutes=5),
    ("ARCHIVE_ACCESS", "Standard"): timedelta(hours=5),
    ("ARCHIVE_ACCESS", "Bulk"): timedelta(hours=12),
    ("DEEP_ARCHIVE_ACCESS", "Standard"): timedelta(hours=12),
    ("DEEP_ARCHIVE_ACCESS", "Bulk"): timedelta(hours=48),
}


@pytest.fixture(params=WAYS_IN)
def scene(request):
    """As elsewhere, with a clock that stands."""
    options = {"min_part_size": 5, "open_uploads": "ignore", "seed": 3}
    with FakeS3(buckets=["bucket", "other"], wire="http" if request.param == "wire" else "auto", **options) as fake:
        fake.clock.freeze(BEGIN)
        with Scene(fake, WAYS_IN[request.param]) as scene:
            yield scene


def archive(scene, where, key="key"):
    """Put an object into an archive. S3 itself moves objects to the tiers of INTELLIGENT_TIERING."""
    storage_class = where if where in ARCHIVES else "INTELLIGENT_TIERING"
    scene.PutObject(Key=key, Body=BODY, StorageClass=storage_class)
    if where in TIERS:
        bucket = scene.fake._store.buckets["bucket"]
        bucket.update_properties(bucket.objects[key], access_tier=where)


def restore(scene, days=3, tier=None, **params):
    parameters = {"GlacierJobParameters": {"Tier": tier}} if tier else {}
    days = {} if days is None else {"Days": days}
    return scene.RestoreObject(RestoreRequest={**days, **parameters}, **params)


def days_in(where):
    """Days of a restore: the tiers of INTELLIGENT_TIERING do not take them."""
    return 3 if where in ARCHIVES else None


def refused(where):
    """GET's refusal of an archived object."""
    message = "The operation is not valid for the object's storage class"
    if where in TIERS:
        return expect_error("InvalidObjectState", 403, message, StorageClass="INTELLIGENT_TIERING", AccessTier=where)
    return expect_error("InvalidObjectState", 403, message, StorageClass=where)


NOT_IN_ACTIVE_TIER = expect_error("ObjectNotInActiveTierError", 403)


@pytest.mark.parametrize("where", [*ARCHIVES, *TIERS])
def test_archived_objects(scene, where):
    """GET and copies are refused; HEAD, attributes, lists, tags, deletes are not."""
    archive(scene, where)
    for params in ({}, {"Range": "bytes=0-1"}, {"PartNumber": 1}, {"IfNoneMatch": "*"}, {"IfMatch": "x"}):
        refused(where).check(scene, lambda s: s.GetObject(**params))  # noqa: B023
    for params in ({}, {"CopySourceIfMatch": "x"}):
        NOT_IN_ACTIVE_TIER.check(scene, lambda s: s.CopyObject(Key="copy", CopySource="bucket/key", **params))  # noqa: B023
    NOT_IN_ACTIVE_TIER.check(
        scene, lambda s: s.CopyObject(CopySource="bucket/key", StorageClass="STANDARD", MetadataDirective="REPLACE")
    )
    scene.upload(key="copy")
    NOT_IN_ACTIVE_TIER.check(scene, lambda s: s.UploadPartCopy(Key="copy", PartNumber=1, CopySource="bucket/key"))
    expect_answer(ContentLength=len(BODY), Restore=ABSENT, ArchiveStatus=where if where in TIERS else ABSENT).check(
        scene, lambda s: s.HeadObject()
    )
    expect_answer(ObjectSize=len(BODY)).check(
        scene, lambda s: s.GetObjectAttributes(ObjectAttributes=["ObjectSize", "StorageClass"])
    )
    scene.PutObjectTagging(Tagging={"TagSet": []})
    assert [entry["Key"] for entry in scene.ListObjectsV2()["Contents"]] == ["key"]
    scene.DeleteObject()


@pytest.mark.parametrize("storage_class", ["STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING"])
def test_objects_that_are_not_archived(scene, storage_class):
    """They can be read and copied, and need no restore; this is judged before the document."""
    scene.PutObject(Body=BODY, StorageClass=storage_class)
    assert scene.GetObject()["Body"] == BODY
    scene.CopyObject(Key="copy", CopySource="bucket/key")
    message = "Restore is not allowed for the object's current storage class"
    expect = expect_error("InvalidObjectState", 403, message, StorageClass=storage_class)
    expect.check(scene, restore)
    expect.check(scene, lambda s: s.RestoreObject())


def test_a_multipart_upload_into_an_archive(scene):
    scene.complete_upload_of(b"aaaaa", b"b", StorageClass="GLACIER")
    refused("GLACIER").check(scene, lambda s: s.GetObject())


def status_of(scene, act):
    """The HTTP status of a successful call, from the fake's own record of it."""
    act(scene)
    return scene.fake.calls[-1].result["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(("where", "tier"), TIMES)
def test_a_restore_takes_its_time(scene, where, tier):
    archive(scene, where)
    assert status_of(scene, lambda s: restore(s, days_in(where), tier)) == 202
    scene.fake.clock.advance(seconds=(TIMES[where, tier] - timedelta(seconds=1)).total_seconds())
    expect_answer(Restore=IN_PROGRESS).check(scene, lambda s: s.HeadObject())
    refused(where).check(scene, lambda s: s.GetObject())
    scene.fake.clock.advance(seconds=1)
    assert scene.GetObject()["Body"] == BODY
    scene.CopyObject(Key="copy", CopySource="bucket/key")
    head = scene.HeadObject()
    if where in ARCHIVES:  # the storage class remains, a copy is there
        assert head["StorageClass"] == where
        assert head["Restore"] == scene.GetObject()["Restore"]
        assert head["Restore"] == 'ongoing-request="false", expiry-date="Thu, 05 Mar 2026 00:00:00 GMT"'
    else:  # the object moves to the Frequent Access tier
        assert not {"Restore", "ArchiveStatus"} & head.keys()


def test_the_tier_is_standard_by_default(scene):
    archive(scene, "GLACIER")
    restore(scene)
    scene.fake.clock.advance(hours=4, minutes=59)
    refused("GLACIER").check(scene, lambda s: s.GetObject())
    scene.fake.clock.advance(minutes=1)
    assert scene.GetObject()["Body"] == BODY


def test_a_restored_copy_expires(scene):
    """O362: the days count from the request and are rounded up to midnight UTC; the object is archived again then."""
    archive(scene, "GLACIER")
    restore(scene, days=3)
    scene.fake.clock.advance(days=3, hours=13, minutes=29, seconds=59)  # to 23:59:59
    assert scene.GetObject()["Body"] == BODY
    scene.fake.clock.advance(seconds=1)
    refused("GLACIER").check(scene, lambda s: s.GetObject())
    expect_answer(Restore=ABSENT).check(scene, lambda s: s.HeadObject())
    assert status_of(scene, restore) == 202


def test_renewing_a_restored_copy(scene):
    """O362: the answer is 200, and the days count from now; they may be fewer."""
    archive(scene, "GLACIER")
    restore(scene, days=3)
    scene.fake.clock.advance(days=1)
    assert status_of(scene, lambda s: restore(s, days=1)) == 200
    assert scene.GetObject()["Body"] == BODY
    assert 'expiry-date="Wed, 04 Mar 2026 00:00:00 GMT"' in scene.HeadObject()["Restore"]
    scene.fake.clock.advance(days=2)
    refused("GLACIER").check(scene, lambda s: s.GetObject())


ALREADY = expect_error("RestoreAlreadyInProgress", 409, "Object restore is already in progress")
AGAIN = [
    # (tier of the first request, of the second, days of the second) -> whether it is accepted
    ("Bulk", "Bulk", 3, False),
    ("Bulk", "Standard", 3, True),
    ("Bulk", "Expedited", 3, True),
    ("Standard", "Expedited", 3, True),
    ("Standard", "Bulk", 3, False),
    ("Standard", "Standard", 3, False),
    ("Expedited", "Standard", 3, False),
    ("Bulk", "Expedited", 4, False),
]


@pytest.mark.parametrize(("first", "second", "days", "is_accepted"), AGAIN)
def test_a_second_request_while_the_first_is_in_progress(scene, first, second, days, is_accepted):
    """O363: it can make the restore faster, and nothing else."""
    archive(scene, "GLACIER")
    restore(scene, 3, first)
    scene.fake.clock.advance(minutes=1)
    if not is_accepted:
        ALREADY.check(scene, lambda s: restore(s, days, second))
        return
    assert status_of(scene, lambda s: restore(s, days, second)) == 202
    scene.fake.clock.advance(seconds=TIMES["GLACIER", second].total_seconds())
    assert scene.GetObject()["Body"] == BODY
    assert 'expiry-date="Thu, 05 Mar 2026 00:00:00 GMT"' in scene.HeadObject()["Restore"]


def test_a_faster_tier_never_makes_a_restore_later(scene):
    archive(scene, "GLACIER")
    restore(scene, 3, "Standard")
    scene.fake.clock.advance(hours=4, minutes=58)
    restore(scene, 3, "Expedited")
    scene.fake.clock.advance(minutes=2)
    assert scene.GetObject()["Body"] == BODY


MALFORMED = expect_error("MalformedXML", 400)
OUTPUT = {"S3": {"BucketName": "bucket", "Prefix": "p"}}


def request(**members):
    return lambda s: s.RestoreObject(RestoreRequest=members)


BAD = [
    row("O229", "no document", lambda s: s.RestoreObject(), expect_error("MissingRequestBodyError", 400, "Request Body is empty")),
    row("O360", "an empty one", request(), MALFORMED),
    row("O360", "no days", request(GlacierJobParameters={"Tier": "Bulk"}), MALFORMED),
    row("O360", "a tier beside the days", request(Days=1, Tier="Bulk"), MALFORMED),
    row("O360", "an output location", request(OutputLocation=OUTPUT), MALFORMED),
    row("O360", "an output location beside the days", request(Days=1, OutputLocation=OUTPUT), MALFORMED),
    row("manual", "no days at all", request(Days=0), expect_error("InvalidArgument", 400, None, ArgumentName="Days", ArgumentValue="0")),
    row("manual", "negative days", request(Days=-1), expect_error("InvalidArgument", 400, None, ArgumentName="Days", ArgumentValue="-1")),
    row("manual", "no such key", lambda s: restore(s, Key="x"), expect_error("NoSuchKey", 404, None, Key="x")),
    row("O9", "no such bucket", lambda s: restore(s, Bucket="x"), expect_error("NoSuchBucket", 404, None, BucketName="x")),
    row("O69", "a version never issued", lambda s: restore(s, VersionId="v"), expect_error("InvalidArgument", 400, None, ArgumentName="versionId", ArgumentValue="v")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), BAD)
def test_bad_requests(scene, act, expect):
    archive(scene, "GLACIER")
    expect.check(scene, act)


@pytest.mark.parametrize("where", ["DEEP_ARCHIVE", "DEEP_ARCHIVE_ACCESS"])
def test_deep_archives_have_no_expedited_retrieval(scene, where):
    """S3's manual; the wording is not verified."""
    archive(scene, where)
    expect_error("InvalidArgument", 400, None, ArgumentName="Tier", ArgumentValue="Expedited").check(
        scene, lambda s: restore(s, days_in(where), "Expedited")
    )


@pytest.mark.parametrize("where", TIERS)
def test_intelligent_tiering_takes_no_days(scene, where):
    """O361"""
    archive(scene, where)
    message = (
        "INTELLIGENT_TIERING objects are not subject to restore expiry. Do not specify Days when restoring this object"
    )
    expect_error("InvalidArgument", 400, message).check(scene, restore)


def test_versions(scene):
    """Each version is restored for itself; a delete marker cannot be."""
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    old = scene.PutObject(Body=b"old", StorageClass="GLACIER")["VersionId"]
    new = scene.PutObject(Body=b"new", StorageClass="GLACIER")["VersionId"]
    marker = scene.DeleteObject()["VersionId"]
    expect_error("NoSuchKey", 404, None, Key="key").check(scene, restore)
    expect_error("MethodNotAllowed", 405, None, Method="POST", ResourceType="DeleteMarker").check(
        scene, lambda s: restore(s, VersionId=marker)
    )
    restore(scene, VersionId=old)
    scene.fake.clock.advance(hours=5)
    assert scene.GetObject(VersionId=old)["Body"] == b"old"
    refused("GLACIER").check(scene, lambda s: s.GetObject(VersionId=new))
    NOT_IN_ACTIVE_TIER.check(scene, lambda s: s.CopyObject(CopySource=f"bucket/key?versionId={new}"))


def test_writing_anew_ends_a_restore(scene):
    archive(scene, "GLACIER")
    restore(scene)
    archive(scene, "GLACIER")
    expect_answer(Restore=ABSENT).check(scene, lambda s: s.HeadObject())
    scene.fake.clock.advance(days=1)
    refused("GLACIER").check(scene, lambda s: s.GetObject())


def test_a_transition_archives(scene):
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 1}}
    rule["Transitions"] = [{"Days": 1, "StorageClass": "GLACIER"}, {"Days": 100, "StorageClass": "DEEP_ARCHIVE"}]
    scene.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": [rule]})
    scene.PutObject(Body=BODY)
    scene.fake.clock.advance(days=2)
    refused("GLACIER").check(scene, lambda s: s.GetObject())
    restore(scene, days=365)
    scene.fake.clock.advance(hours=5)
    assert scene.GetObject()["Body"] == BODY
    scene.fake.clock.advance(days=200)
    assert scene.HeadObject()["StorageClass"] == "DEEP_ARCHIVE"
    assert scene.GetObject()["Body"] == BODY  # the copy is still there
    scene.fake.clock.advance(days=200)
    refused("DEEP_ARCHIVE").check(scene, lambda s: s.GetObject())


LISTS = {"ListObjects": "Contents", "ListObjectsV2": "Contents", "ListObjectVersions": "Versions"}


@pytest.mark.skipif(is_older(), reason="that model may not have it")
@pytest.mark.parametrize("operation", LISTS)
def test_restore_status_in_lists(scene, operation):
    """S3's manual on OptionalObjectAttributes: only of objects that are being restored or are."""

    def statuses(**params):
        answer = scene.call(operation, Bucket="bucket", **params)
        return [entry.get("RestoreStatus") for entry in answer[LISTS[operation]]]

    archive(scene, "GLACIER", "archived")
    archive(scene, "GLACIER", "restored")
    scene.PutObject(Key="standard", Body=b"")
    requested = {"OptionalObjectAttributes": ["RestoreStatus"]}
    assert statuses(**requested) == [None] * 3
    restore(scene, Key="restored")
    assert statuses(**requested) == [None, {"IsRestoreInProgress": True}, None]
    assert statuses() == [None] * 3
    scene.fake.clock.advance(hours=5)
    expiry = datetime(2026, 3, 5, tzinfo=timezone.utc)
    assert statuses(**requested) == [None, {"IsRestoreInProgress": False, "RestoreExpiryDate": expiry}, None]


QUEUE = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectRestore:*"]}
NOTIFY = {"QueueConfigurations": [QUEUE]}


def events(scene):
    return [(event["eventName"], event["eventTime"]) for event in scene.fake.events]


def test_events(scene):
    scene.PutBucketNotificationConfiguration(NotificationConfiguration=NOTIFY)
    archive(scene, "GLACIER")
    restore(scene, days=1)
    scene.fake.clock.advance(minutes=1)
    restore(scene, 1, "Expedited")
    expected = [("ObjectRestore:Post", "2026-03-01T10:30:00.000Z"), ("ObjectRestore:Post", "2026-03-01T10:31:00.000Z")]
    assert events(scene) == expected
    scene.fake.clock.advance(hours=1)
    expected.append(("ObjectRestore:Completed", "2026-03-01T10:36:00.000Z"))
    assert events(scene) == expected
    completed = scene.fake.events[-1]
    assert completed["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert completed["s3"]["object"]["size"] == len(BODY)
    assert completed["glacierEventData"]["restoreEventData"] == {
        "lifecycleRestorationExpiryTime": "2026-03-03T00:00:00.000Z",
        "lifecycleRestoreStorageClass": "GLACIER",
    }
    scene.fake.clock.advance(days=10)
    expected.append(("ObjectRestore:Delete", "2026-03-03T00:00:00.000Z"))
    assert events(scene) == expected
    assert "glacierEventData" not in scene.fake.events[-1]


@pytest.mark.parametrize("end", ["delete", "overwrite", "delete the bucket"])
def test_no_events_of_what_is_gone(scene, end):
    scene.PutBucketNotificationConfiguration(NotificationConfiguration=NOTIFY)
    archive(scene, "GLACIER")
    restore(scene)
    if end == "overwrite":
        scene.PutObject(Body=b"")
    else:
        scene.DeleteObject()
    if end == "delete the bucket":
        scene.DeleteBucket()
    scene.fake.clock.advance(days=10)
    assert [name for name, _ in events(scene)] == ["ObjectRestore:Post"]
    assert not scene.fake._store.scheduled


def test_a_restore_completes_by_a_clock_that_moves_by_itself():
    """The next call sees it, and its event is there; nothing else has to happen that day."""
    now = [BEGIN]
    with FakeS3(buckets=["bucket"], clock=lambda: now[0]) as fake:
        s3 = fake.client()
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=NOTIFY)
        s3.put_object(Bucket="bucket", Key="key", Body=BODY, StorageClass="GLACIER")
        answer = s3.restore_object(Bucket="bucket", Key="key", RestoreRequest={"Days": 1})
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        now[0] += timedelta(hours=5)
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == BODY
        assert [event["eventName"] for event in fake.events] == ["ObjectRestore:Post", "ObjectRestore:Completed"]
        answer = s3.restore_object(Bucket="bucket", Key="key", RestoreRequest={"Days": 1})
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_snapshots_have_restores():
    with FakeS3(buckets=["bucket"]) as fake:
        fake.clock.freeze(BEGIN)
        s3 = fake.client()
        s3.put_object(Bucket="bucket", Key="key", Body=BODY, StorageClass="GLACIER")
        before = fake.snapshot()
        s3.restore_object(Bucket="bucket", Key="key", RestoreRequest={"Days": 1})
        after = fake.snapshot()
        fake.restore(before)
        assert "Restore" not in s3.head_object(Bucket="bucket", Key="key")
        fake.restore(after)
        fake.clock.advance(hours=5)
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == BODY
        fake.reset()
        assert not fake._store.scheduled


def test_dumps_have_restores(tmp_path):
    with FakeS3(buckets=["bucket"]) as fake:
        s3 = fake.client()
        s3.put_object(Bucket="bucket", Key="key", Body=BODY, StorageClass="GLACIER")
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=NOTIFY)
        s3.restore_object(Bucket="bucket", Key="key", RestoreRequest={"Days": 1})
        fake.dump(tmp_path)
    with FakeS3.load(tmp_path) as loaded:
        assert loaded.client().head_object(Bucket="bucket", Key="key")["Restore"] == IN_PROGRESS
        loaded.clock.advance(hours=5)
        assert loaded.client().get_object(Bucket="bucket", Key="key")["Body"].read() == BODY
        loaded.clock.advance(days=3)
        assert [event["eventName"] for event in loaded.events] == ["ObjectRestore:Completed", "ObjectRestore:Delete"]
