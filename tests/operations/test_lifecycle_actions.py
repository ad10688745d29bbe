"""What lifecycle rules do as the clock is advanced: rows of (rules, setup, days, actions).

The rules are S3's manual's ("Managing the lifecycle of objects", "Lifecycle configuration elements"); F113 is recorded.
"""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import FakeS3
from tests.operations.scene import WAYS_IN, Scene

START = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
BIG = 128 * 1024


@pytest.fixture(params=["client", "typed"])
def scene(request):
    with FakeS3(buckets=["bucket"], open_uploads="ignore") as fake:
        fake.clock.freeze(START)
        with Scene(fake, WAYS_IN[request.param]) as scene:
            yield scene


def day(number):
    """Midnight so many days after the day of START."""
    return datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(days=number)


def put_rules(scene, *rules, **params):
    defaults = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    rules = [{"ID": f"r{number}", **defaults, **rule} for number, rule in enumerate(rules)]
    scene.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": rules}, **params)


def put(key="key", size=1, **params):
    return lambda scene: scene.PutObject(Key=key, Body=b"x" * size, **params)


def upload(key="key", **params):
    return lambda scene: scene.upload(b"part", key=key, **params)


def versioned(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})


def suspended(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Suspended"})


def delete(key="key"):
    return lambda scene: scene.DeleteObject(Key=key)


def later(days):
    return lambda scene: scene.fake.clock.advance(days=days)


EXPIRE = {"Expiration": {"Days": 10}}
ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
OLD = {"NoncurrentVersionExpiration": {"NoncurrentDays": 5}}
MARKERS = {"Expiration": {"ExpiredObjectDeleteMarker": True}}
ARCHIVE = {"Transitions": [{"Days": 3, "StorageClass": "GLACIER"}]}
STEPS = {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]}
GOVERNED = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": START + timedelta(days=30)}

# fact, name, rules, setup, days to advance, [(day, action)] that ran
ROWS = [
    ("F113", "an upload is aborted at the midnight after its days", [ABORT], [upload()], 7.6, [(8, "AbortIncompleteMultipartUpload")]),
    ("F113", "and not before", [ABORT], [upload()], 7.4, []),
    ("F113", "a completed upload is left alone", [ABORT], [lambda s: s.complete_upload_of(b"x")], 30, []),
    ("F113", "an upload of another prefix is left alone", [{**ABORT, "Filter": {"Prefix": "tmp/"}}], [upload()], 30, []),
    ("manual", "an object expires", [EXPIRE], [put()], 11, [(11, "Expiration")]),
    ("manual", "and not before", [EXPIRE], [put()], 10, []),
    ("manual", "a disabled rule does nothing", [{**EXPIRE, "Status": "Disabled"}], [put()], 99, []),
    ("manual", "an object of another prefix stays", [{**EXPIRE, "Filter": {"Prefix": "a/"}}], [put("b/a/")], 99, []),
    ("manual", "an object with the tag expires", [{**EXPIRE, "Filter": {"Tag": {"Key": "a", "Value": "b"}}}], [put(Tagging="a=b"), put("other")], 99, [(11, "Expiration")]),
    ("manual", "sizes are limits that are not met", [{**EXPIRE, "Filter": {"ObjectSizeGreaterThan": 5}}], [put(size=5), put("big", 6)], 99, [(11, "Expiration")]),
    ("manual", "an object expires at a date", [{"Expiration": {"Date": day(4)}}], [put()], 99, [(4, "Expiration")]),
    ("manual", "a date in the past acts at the next midnight", [{"Expiration": {"Date": day(-40)}}], [put()], 99, [(1, "Expiration")]),
    ("manual", "a rule put later acts at the next midnight", [EXPIRE], [put(), later(50)], 1, [(51, "Expiration")]),
    ("manual", "a rule put at midnight acts at the next one", [EXPIRE], [put(), later(50.5)], 1, [(52, "Expiration")]),
    ("manual", "the earliest of two rules", [EXPIRE, {"Expiration": {"Days": 4}}], [put()], 99, [(5, "Expiration")]),
    ("manual", "in a versioned bucket a marker is put on top", [EXPIRE], [versioned, put()], 12, [(11, "Expiration")]),
    ("manual", "and noncurrent versions go after their days", [OLD], [versioned, put(), later(1), put()], 20, [(7, "NoncurrentVersionExpiration")]),
    ("manual", "deleted ones too", [OLD], [versioned, put(), delete()], 20, [(6, "NoncurrentVersionExpiration")]),
    ("manual", "a version that the rule is not about does not end the list", [{**OLD, "Filter": {"ObjectSizeGreaterThan": 5}}], [versioned, put(size=9), put(size=1), put(size=1)], 20, [(6, "NoncurrentVersionExpiration")]),
    ("manual", "but for the newest ones", [{"NoncurrentVersionExpiration": {"NoncurrentDays": 5, "NewerNoncurrentVersions": 1}}], [versioned, put(), put(), put()], 20, [(6, "NoncurrentVersionExpiration")]),
    ("manual", "a marker without versions goes", [MARKERS], [versioned, delete()], 20, [(1, "ExpiredObjectDeleteMarker")]),
    ("manual", "one with versions stays", [MARKERS], [versioned, put(), delete()], 20, []),
    ("manual", "a lone marker goes with the days of objects too", [EXPIRE], [versioned, delete()], 20, [(11, "ExpiredObjectDeleteMarker")]),
    ("manual", "one action leads to another", [{**EXPIRE, **OLD}], [versioned, put()], 99, [(11, "Expiration"), (16, "NoncurrentVersionExpiration"), (21, "ExpiredObjectDeleteMarker")]),
    ("manual", "a suspended bucket's null version is replaced by a marker", [EXPIRE], [versioned, suspended, put()], 12, [(11, "Expiration")]),
    ("manual", "a big object is moved", [ARCHIVE], [put(size=BIG)], 99, [(4, "Transition")]),
    ("manual", "a small one is not", [ARCHIVE], [put(size=BIG - 1)], 99, []),
    ("manual", "unless the rule speaks of sizes", [{**ARCHIVE, "Filter": {"ObjectSizeGreaterThan": 1}}], [put(size=2)], 99, [(4, "Transition")]),
    ("manual", "step by step", [STEPS], [put(size=BIG)], 99, [(31, "Transition"), (61, "Transition")]),
    ("manual", "objects do not move up", [{"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}], [put(size=BIG, StorageClass="GLACIER")], 99, []),
    ("manual", "deleting goes before moving", [EXPIRE, {"Transitions": [{"Days": 10, "StorageClass": "GLACIER"}]}], [put(size=BIG)], 99, [(11, "Expiration")]),
    ("manual", "moving goes before a marker", [EXPIRE, {"Transitions": [{"Days": 10, "StorageClass": "GLACIER"}]}], [versioned, put(size=BIG)], 11, [(11, "Transition"), (11, "Expiration")]),
    ("manual", "noncurrent versions are moved", [{"NoncurrentVersionTransitions": [{"NoncurrentDays": 2, "StorageClass": "DEEP_ARCHIVE"}]}], [versioned, put(size=BIG), put()], 9, [(3, "NoncurrentVersionTransition")]),
    ("manual", "a size below the limit", [{**EXPIRE, "Filter": {"ObjectSizeLessThan": 5}}], [put(size=4)], 99, [(11, "Expiration")]),
    ("manual", "the limit itself is not below it", [{**EXPIRE, "Filter": {"ObjectSizeLessThan": 5}}], [put(size=5)], 99, []),
    ("manual", "a size above the limit", [{**EXPIRE, "Filter": {"ObjectSizeGreaterThan": 5}}], [put(size=6)], 99, [(11, "Expiration")]),
    ("manual", "the limit itself is not above it", [{**EXPIRE, "Filter": {"ObjectSizeGreaterThan": 5}}], [put(size=5)], 99, []),
    ("manual", "deleting a noncurrent version goes before moving it", [OLD, {"NoncurrentVersionTransitions": [{"NoncurrentDays": 5, "StorageClass": "GLACIER"}]}], [versioned, put(size=BIG), put(size=1)], 9, [(6, "NoncurrentVersionExpiration")]),
    ("manual", "whatever the order of the rules", [{"NoncurrentVersionTransitions": [{"NoncurrentDays": 5, "StorageClass": "GLACIER"}]}, OLD], [versioned, put(size=BIG), put(size=1)], 9, [(6, "NoncurrentVersionExpiration")]),
    ("manual", "at one midnight deletions go first, then moves, then markers", [{"Expiration": {"Days": 5}}, OLD, {"Transitions": [{"Days": 5, "StorageClass": "GLACIER"}], "Filter": {"Prefix": "other"}}], [versioned, put(), put(size=BIG), put("other", BIG)], 6, [(6, "NoncurrentVersionExpiration"), (6, "Transition"), (6, "Expiration"), (6, "Expiration")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "setup", "days", "expected"), [pytest.param(*row[2:], id=f"{row[0]}: {row[1]}") for row in ROWS]
)
def test_actions(scene, rules, setup, days, expected):
    for act in setup:
        act(scene)
    put_rules(scene, *rules)
    ran = scene.fake.clock.advance(days=days)
    assert [(action.at, action.action) for action in ran] == [(day(number), name) for number, name in expected]
    assert scene.fake.clock.ran == tuple(ran)


def test_state_afterwards(scene):
    """An expired object and an aborted upload are gone; an object that was moved has the new storage class."""
    put("gone")(scene)
    put("moved", BIG)(scene)
    upload("lost")(scene)
    put_rules(scene, {**EXPIRE, "Filter": {"Prefix": "gone"}}, ARCHIVE, ABORT)
    scene.fake.clock.advance(days=30)
    assert scene.fake.buckets["bucket"].keys() == ["moved"]
    assert scene.HeadObject(Key="moved")["StorageClass"] == "GLACIER"
    assert scene.fake.uploads.one(key="lost").state == "aborted"
    assert "Uploads" not in scene.ListMultipartUploads()


def test_a_marker_is_dated_as_it_was_due(scene):
    versioned(scene)
    put()(scene)
    put_rules(scene, EXPIRE)
    scene.fake.clock.advance(days=30)
    (marker,) = scene.ListObjectVersions()["DeleteMarkers"]
    assert marker["LastModified"] == day(11)


def test_a_locked_version_outlasts_its_rule():
    with FakeS3() as fake:
        fake.clock.freeze(START)
        scene = Scene(fake, WAYS_IN["client"])
        scene.CreateBucket(ObjectLockEnabledForBucket=True)
        locked = scene.PutObject(Body=b"x", ChecksumAlgorithm="CRC32", **GOVERNED)["VersionId"]
        held = scene.PutObject(Key="held", Body=b"x", ChecksumAlgorithm="CRC32", ObjectLockLegalHoldStatus="ON")[
            "VersionId"
        ]
        for key in ("key", "held"):
            scene.DeleteObject(Key=key)
        put_rules(scene, OLD)
        ran = fake.clock.advance(days=365)
        assert [(action.at, action.version_id) for action in ran] == [(day(31), locked)]
        assert scene.HeadObject(Key="held", VersionId=held)["ContentLength"] == 1


def test_varying_minimum_sizes_let_small_objects_into_archives(scene):
    put()(scene)
    put_rules(scene, STEPS, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    ran = scene.fake.clock.advance(days=99)
    assert [(action.at, action.storage_class) for action in ran] == [(day(61), "GLACIER")]


def test_retention_runs_out_with_the_clock():
    with FakeS3() as fake:
        fake.clock.freeze(START)
        scene = Scene(fake, WAYS_IN["client"])
        scene.CreateBucket(ObjectLockEnabledForBucket=True)
        version = scene.PutObject(Body=b"x", ChecksumAlgorithm="CRC32", **GOVERNED)["VersionId"]
        with pytest.raises(Exception, match="AccessDenied"):
            scene.DeleteObject(VersionId=version)
        fake.clock.advance(days=31)
        scene.DeleteObject(VersionId=version)


EXPIRY = 'expiry-date="Thu, 12 Mar 2026 00:00:00 GMT", rule-id="r0"'


ANSWERS_WITH_EXPIRATION = {
    "put": lambda s: s.PutObject(Body=b"x"),
    "head": lambda s: (s.PutObject(Body=b"x"), s.HeadObject())[1],
    "get": lambda s: (s.PutObject(Body=b"x"), s.GetObject())[1],
    "copy": lambda s: (s.PutObject(Body=b"x"), s.CopyObject(Key="copy", CopySource="bucket/key"))[1],
    "complete": lambda s: s.complete_upload_of(b"x"),
}


@pytest.mark.parametrize("act", ANSWERS_WITH_EXPIRATION.values(), ids=ANSWERS_WITH_EXPIRATION)
def test_answers_with_expiration(scene, act):
    put_rules(scene, EXPIRE)
    assert act(scene)["Expiration"] == EXPIRY


def test_a_named_version_has_no_expiry(scene):
    """O267, whether it is the current one or not."""
    versioned(scene)
    versions = [scene.PutObject(Body=body)["VersionId"] for body in (b"1", b"2")]
    put_rules(scene, EXPIRE)
    assert scene.HeadObject()["Expiration"] == EXPIRY
    for version_id in versions:
        assert "Expiration" not in scene.HeadObject(VersionId=version_id)


def test_of_rules_due_at_one_time_the_first_is_named(scene):
    """O267; for uploads alike."""
    put_rules(scene, {**EXPIRE, **ABORT, "ID": "z"}, {**EXPIRE, **ABORT, "ID": "a"})
    assert 'rule-id="z"' in scene.PutObject(Body=b"")["Expiration"]
    assert scene.CreateMultipartUpload()["AbortRuleId"] == "z"


def test_a_rule_for_the_end_of_time(scene):
    """O344: rules with the largest number of days are stored and act on nothing; everything on the bucket works."""
    versioned(scene)
    most = 2**31 - 1
    put_rules(
        scene,
        {"Expiration": {"Days": most}},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": most}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": most}},
        {"Transitions": [{"Days": most, "StorageClass": "GLACIER"}]},
        {"NoncurrentVersionTransitions": [{"NoncurrentDays": most, "StorageClass": "GLACIER"}]},
    )
    scene.PutObject(Body=b"1")
    scene.PutObject(Body=b"2")
    scene.upload(b"part")
    assert scene.HeadObject()["Expiration"].startswith('expiry-date="Fri, 31 Dec 9999 00:00:00 GMT"')
    assert scene.ListParts()["AbortDate"].year == 9999
    assert scene.fake.clock.advance(days=36_500) == []
    scene.DeleteBucketLifecycle()


def test_a_date_in_another_time_zone(scene):
    """Midnight UTC, in Tokyo's time."""
    tokyo = timezone(timedelta(hours=9))
    put()(scene)
    put_rules(scene, {"Expiration": {"Date": day(5).astimezone(tokyo)}})
    assert [action.at for action in scene.fake.clock.advance(days=9)] == [day(5)]
