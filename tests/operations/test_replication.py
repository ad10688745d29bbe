"""Replication: the refusals of its document, and what its rules send to other buckets (O350-O353)."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, WAYS_IN, Scene, expect_answer, expect_error, row

BEGIN = datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
ROLE = "arn:aws:iam::123456789012:role/replication"
MALFORMED = expect_error("MalformedXML", 400)
SCHEMA = " for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information."  # fmt: skip
DESTINATION = {"Bucket": "arn:aws:s3:::replicas"}
DISABLED = {"Status": "Disabled"}
ENABLED = {"Status": "Enabled"}
RULE = {"Status": "Enabled", "Priority": 1, "Filter": {}, "DeleteMarkerReplication": DISABLED, "Destination": DESTINATION}  # fmt: skip
EARLIER = {"Status": "Enabled", "Prefix": "", "Destination": DESTINATION}
KMS = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ENABLED}}
KEY = {"EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:123456789012:key/replicas"}}
LOG_DELIVERY = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject",
    "Principal": {"Service": "logging.s3.amazonaws.com"}, "Resource": "arn:aws:s3:::replicas/*"}]}"""
TAG = {"Key": "replicate", "Value": "yes"}


def versioned(scene, *buckets):
    for bucket in buckets:
        scene.PutBucketVersioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


@pytest.fixture(params=WAYS_IN)
def scene(request):
    """As elsewhere, with a clock that stands, and buckets for replicas."""
    buckets = ["bucket", "replicas", "more", "plain"]
    options = {"min_part_size": 5, "open_uploads": "ignore", "seed": 3, "wire": "http" if request.param == "wire" else "auto"}  # fmt: skip
    with FakeS3(buckets=buckets, **options) as fake:
        fake.clock.freeze(BEGIN)
        with Scene(fake, WAYS_IN[request.param]) as scene:
            versioned(scene, "bucket", "replicas", "more")
            yield scene


def put(*rules, role=ROLE, **params):
    return lambda scene: scene.PutBucketReplication(
        ReplicationConfiguration={"Role": role, "Rules": list(rules)}, **params
    )


def rule(**members):
    return {name: value for name, value in {**RULE, **members}.items() if value is not None}


def to(bucket="replicas", **members):
    return {"Destination": {"Bucket": f"arn:aws:s3:::{bucket}", **members}}


def invalid(message):
    return expect_error("InvalidRequest", 400, message)


ACCEPTED = expect_answer()
ROWS = [
    row("manual", "a rule", put(RULE), ACCEPTED),
    row("manual", "an earlier rule", put(EARLIER), ACCEPTED),
    row("manual", "two rules", put(RULE, rule(Priority=2)), ACCEPTED),
    row("O350", "no rule", put(), MALFORMED),
    row("O350", "a bucket without versions", put(RULE, Bucket="plain"), invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration")),
    row("O350", "no destination", put(rule(**to("none"))), invalid("Destination bucket must exist.")),
    row("O350", "a destination without versions", put(rule(**to("plain"))), invalid("Destination bucket must have versioning enabled.")),
    row("manual", "to itself", put(rule(**to("bucket"))), invalid("Destination bucket cannot be the same as the source bucket.")),
    row("O311", "no ARN", put(rule(Destination={"Bucket": "replicas"})), expect_error("InvalidArgument", 400, "Invalid bucket ARN.", ArgumentName="Bucket", ArgumentValue="replicas")),
    row("manual", "no role", put(RULE, role="replication"), expect_error("InvalidArgument", 400, ArgumentName="Role", ArgumentValue="replication")),
    row("O351", "no priority", put(rule(Priority=None)), invalid(f"Priority must be specified{SCHEMA}")),
    row("O351", "no word of markers", put(rule(DeleteMarkerReplication=None)), invalid(f"DeleteMarkerReplication must be specified{SCHEMA}")),
    row("O351", "markers in an earlier rule", put({**EARLIER, "DeleteMarkerReplication": ENABLED}), invalid(f"DeleteMarkerReplication cannot be used{SCHEMA}")),
    row("O351", "a priority in an earlier rule", put({**EARLIER, "Priority": 1}), invalid(f"Priority cannot be used{SCHEMA}")),
    row("manual", "modifications in an earlier rule", put({**EARLIER, "SourceSelectionCriteria": {"ReplicaModifications": ENABLED}}), invalid(f"ReplicaModifications cannot be used{SCHEMA}")),
    row("manual", "filter and prefix", put(rule(Prefix="a")), MALFORMED),
    row("manual", "two conditions", put(rule(Filter={"Prefix": "a", "Tag": TAG})), MALFORMED),
    row("manual", "one condition of several", put(rule(Filter={"And": {"Prefix": "a"}})), MALFORMED),
    row("manual", "two tags", put(rule(Filter={"And": {"Tags": [TAG, {"Key": "b", "Value": ""}]}})), ACCEPTED),
    row("manual", "a long prefix", put(rule(Filter={"Prefix": "a" * 1025})), MALFORMED),
    row("manual", "two exclusions", put(rule(Filter={"Not": {"Prefix": "a", "Tag": TAG}})), MALFORMED),
    row("manual", "a bad tag", put(rule(Filter={"Tag": {"Key": "a" * 129, "Value": ""}})), expect_error("InvalidTag", 400, TagKey="a" * 129)),
    row("O351", "markers by tag", put(rule(Filter={"Tag": TAG}, DeleteMarkerReplication=ENABLED)), invalid("Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.")),
    row("O351", "markers by an excluded tag", put(rule(Filter={"Not": {"Or": {"Tags": [TAG]}}}, DeleteMarkerReplication=ENABLED)), expect_error("InvalidRequest", 400)),
    row("manual", "existing objects", put(rule(ExistingObjectReplication=ENABLED)), MALFORMED),
    row("O351", "KMS without a key", put(rule(**KMS)), invalid("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")),
    row("O351", "a key without KMS", put(rule(**to(**KEY))), invalid("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")),
    row("manual", "KMS and a key", put(rule(**KMS, **to(**KEY))), ACCEPTED),
    row("manual", "an owner without an account", put(rule(**to(AccessControlTranslation={"Owner": "Destination"}))), expect_error("InvalidRequest", 400)),
    row("manual", "a class for files", put(rule(**to(StorageClass="FSX_OPENZFS"))), MALFORMED),
    row("manual", "time control without metrics", put(rule(**to(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}))), expect_error("InvalidRequest", 400)),
    row("manual", "another time", put(rule(**to(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 5}}, Metrics=ENABLED))), expect_error("InvalidRequest", 400)),
    row("manual", "time control", put(rule(**to(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}, Metrics={"Status": "Enabled", "EventThreshold": {"Minutes": 15}}))), ACCEPTED),
    row("manual", "a priority twice", put(RULE, RULE), expect_error("InvalidRequest", 400)),
    row("manual", "an ID twice", put(rule(ID="a"), rule(ID="a", Priority=2)), expect_error("InvalidArgument", 400)),
    row("manual", "a long ID", put(rule(ID="a" * 256)), expect_error("InvalidArgument", 400, ArgumentName="ID", ArgumentValue="a" * 256)),
    row("manual", "none yet", lambda s: s.GetBucketReplication(), expect_error("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found", BucketName="bucket")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(scene, act)


def test_put_get_delete(scene):
    put(rule(ID="all"))(scene)
    expected = {"Role": ROLE, "Rules": [rule(ID="all")]}
    expect_answer(ReplicationConfiguration=expected).check(scene, lambda s: s.GetBucketReplication())
    message = "A replication configuration is present on this bucket, so the versioning state cannot be changed."
    expect_error("InvalidBucketState", 409, message).check(
        scene, lambda s: s.PutBucketVersioning(VersioningConfiguration={"Status": "Suspended"})
    )
    scene.DeleteBucketReplication()
    scene.DeleteBucketReplication()
    expect_error("ReplicationConfigurationNotFoundError", 404, BucketName="bucket").check(
        scene, lambda s: s.GetBucketReplication()
    )


def status(scene, key="key", bucket="bucket"):
    return scene.HeadObject(Bucket=bucket, Key=key).get("ReplicationStatus")


def arrive(scene):
    scene.fake.clock.advance(minutes=15)


def keys(scene, bucket="replicas"):
    return [entry["Key"] for entry in scene.ListObjectsV2(Bucket=bucket).get("Contents", ())]


def test_an_object_arrives_when_the_clock_has_moved(scene):
    put(RULE)(scene)
    version = scene.PutObject(Body=b"body", Metadata={"a": "b"}, Tagging="c=d", ContentType="text/plain")["VersionId"]
    assert (status(scene), keys(scene)) == ("PENDING", [])
    scene.fake.clock.advance(minutes=14)
    assert status(scene) == "PENDING"
    scene.fake.clock.advance(minutes=1)
    assert status(scene) == "COMPLETED"
    source, replica = scene.GetObject(), scene.GetObject(Bucket="replicas")
    assert (replica.pop("ReplicationStatus"), source.pop("ReplicationStatus")) == ("REPLICA", "COMPLETED")
    assert replica == source
    assert replica["VersionId"] == version
    assert scene.GetObjectTagging(Bucket="replicas")["TagSet"] == [{"Key": "c", "Value": "d"}]
    assert scene.GetObject(Bucket="replicas", VersionId=version)["ReplicationStatus"] == "REPLICA"


def test_a_multipart_upload_arrives(scene):
    put(RULE)(scene)
    etag = scene.complete_upload_of(b"aaaaa", b"b", Metadata={"a": "b"})["ETag"]
    arrive(scene)
    head = scene.HeadObject(Bucket="replicas", PartNumber=2)
    assert (head["ETag"], head["PartsCount"], head["Metadata"]) == (etag, 2, {"a": "b"})
    scene.CopyObject(Key="copy", CopySource="bucket/key")
    arrive(scene)
    assert keys(scene) == ["copy", "key"]
    assert status(scene, "copy") == "COMPLETED"


def test_what_was_there_before_and_replicas_stay_where_they_are(scene):
    scene.PutObject(Key="before", Body=b"")
    put(RULE)(scene)
    put(rule(**to("more")), Bucket="replicas")(scene)
    scene.PutObject(Body=b"")
    arrive(scene)
    arrive(scene)
    assert (keys(scene), keys(scene, "more")) == (["key"], [])
    assert status(scene, "before") is None


# filter -> which of the keys of the objects below are replicated
FILTERS = [
    ({"Filter": {"Prefix": "a/"}}, ["a/1", "a/2"]),
    ({"Filter": {"Tag": TAG}}, ["a/2", "b/2"]),
    ({"Filter": {"And": {"Prefix": "a/", "Tags": [TAG]}}}, ["a/2"]),
    ({"Filter": {"Not": {"Prefix": "a/"}}}, ["b/1", "b/2"]),
    ({"Filter": {"Not": {"Tag": TAG}}}, ["a/1", "b/1"]),
    ({"Filter": {"Not": {"Or": {"Prefixes": ["a/1"], "Tags": [{"Key": "other", "Value": "1"}]}}}}, ["a/2", "b/2"]),
    ({"Filter": {"And": {"Prefix": "b/", "Not": {"Tag": TAG}}}}, ["b/1"]),
    ({"Status": "Disabled"}, []),
    ({"Filter": {}}, ["a/1", "a/2", "b/1", "b/2"]),
]


@pytest.mark.parametrize(("members", "expected"), FILTERS, ids=repr)
def test_filters(scene, members, expected):
    if is_older() and "Not" in repr(members):
        pytest.skip("this botocore has no exclusions")
    put(rule(**members))(scene)
    for key, tags in (("a/1", ""), ("a/2", "replicate=yes"), ("b/1", "other=1"), ("b/2", "replicate=yes")):
        scene.PutObject(Key=key, Body=b"", Tagging=tags)
    arrive(scene)
    assert keys(scene) == expected
    assert {key: status(scene, key) for key in ("a/1", "b/2")} == {
        key: "COMPLETED" if key in expected else None for key in ("a/1", "b/2")
    }


def test_an_earlier_rule(scene):
    """With a prefix of its own; users' delete markers are replicated."""
    put({**EARLIER, "Prefix": "a"})(scene)
    for key in "ab":
        scene.PutObject(Key=key, Body=b"")
    arrive(scene)
    assert keys(scene) == ["a"]
    scene.DeleteObject(Key="a")
    arrive(scene)
    assert keys(scene) == []


@pytest.mark.parametrize(("markers", "expected"), [(ENABLED, []), (DISABLED, ["key"])])
def test_delete_markers(scene, markers, expected):
    put(rule(DeleteMarkerReplication=markers))(scene)
    version = scene.PutObject(Body=b"body")["VersionId"]
    arrive(scene)
    marker = scene.DeleteObject()["VersionId"]
    arrive(scene)
    assert keys(scene) == expected
    markers = [entry["VersionId"] for entry in scene.ListObjectVersions(Bucket="replicas").get("DeleteMarkers", ())]
    assert markers == ([marker] if not expected else [])
    scene.DeleteObject(VersionId=version)
    arrive(scene)
    assert [entry["VersionId"] for entry in scene.ListObjectVersions(Bucket="replicas")["Versions"]] == [version]


def test_several_destinations_and_priorities(scene):
    """Each destination gets the object once, by the rule with the highest priority."""
    put(
        rule(Priority=2, **to(StorageClass="STANDARD_IA")),
        rule(Priority=1, **to(StorageClass="ONEZONE_IA")),
        rule(Priority=3, **to("more")),
    )(scene)
    scene.PutObject(Body=b"body")
    arrive(scene)
    expect_answer(StorageClass="STANDARD_IA").check(scene, lambda s: s.HeadObject(Bucket="replicas"))
    expect_answer(StorageClass=ABSENT).check(scene, lambda s: s.HeadObject(Bucket="more"))
    assert len(scene.ListObjectVersions(Bucket="replicas")["Versions"]) == 1


def test_another_owner(scene):
    put(rule(**to(Account="111122223333", AccessControlTranslation={"Owner": "Destination"})))(scene)
    scene.PutObject(Body=b"body")
    arrive(scene)
    [entry] = scene.ListObjectsV2(Bucket="replicas", FetchOwner=True)["Contents"]
    [source] = scene.ListObjectsV2(FetchOwner=True)["Contents"]
    assert entry["Owner"]["ID"] != source["Owner"]["ID"]


def test_kms(scene):
    put(RULE)(scene)
    scene.PutObject(Body=b"body", ServerSideEncryption="aws:kms")
    assert status(scene) is None
    put(rule(**KMS, **to(**KEY)))(scene)
    scene.PutObject(Body=b"body", ServerSideEncryption="aws:kms")
    arrive(scene)
    expect_answer(SSEKMSKeyId=KEY["EncryptionConfiguration"]["ReplicaKmsKeyID"]).check(
        scene, lambda s: s.HeadObject(Bucket="replicas")
    )


def test_changes_follow(scene):
    put(RULE)(scene)
    scene.PutObject(Body=b"body")
    arrive(scene)
    scene.PutObjectTagging(Tagging={"TagSet": [TAG]})
    arrive(scene)
    assert scene.GetObjectTagging(Bucket="replicas")["TagSet"] == [TAG]
    assert len(scene.ListObjectVersions(Bucket="replicas")["Versions"]) == 1


def test_a_destination_that_is_not_ready(scene):
    put(rule(**to(Metrics=ENABLED)))(scene)
    scene.PutBucketNotificationConfiguration(
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:Replication:*"]}
            ]
        }
    )
    scene.PutBucketVersioning(Bucket="replicas", VersioningConfiguration={"Status": "Suspended"})
    scene.PutObject(Body=b"body")
    arrive(scene)
    assert (status(scene), keys(scene)) == ("FAILED", [])
    assert [event["eventName"] for event in scene.fake.events] == ["Replication:OperationFailedReplication"]


def test_what_is_gone_is_not_replicated(scene):
    put(RULE)(scene)
    version = scene.PutObject(Body=b"body")["VersionId"]
    scene.DeleteObject(VersionId=version)
    arrive(scene)
    assert keys(scene) == []


@pytest.mark.parametrize("is_ready", [True, False])
def test_lifecycle_lets_what_has_not_arrived_alone(scene, is_ready):
    """O353"""
    put(RULE)(scene)
    expiration = {"ID": "old", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    scene.PutBucketLifecycleConfiguration(LifecycleConfiguration={"Rules": [expiration]})
    if not is_ready:
        scene.PutBucketVersioning(Bucket="replicas", VersioningConfiguration={"Status": "Suspended"})
    scene.PutObject(Body=b"body")
    scene.fake.clock.advance(days=3)
    assert keys(scene, "bucket") == ([] if is_ready else ["key"])
    assert keys(scene) == (["key"] if is_ready else [])  # and its marker is not replicated


def test_immediately():
    with FakeS3(buckets=["bucket", "replicas"], replication="immediate", min_part_size=1) as fake:
        scene = Scene(fake, WAYS_IN["client"])
        versioned(scene, "bucket", "replicas")
        put(RULE)(scene)
        scene.complete_upload_of(b"a", b"b")
        assert (status(scene), status(scene, bucket="replicas")) == ("COMPLETED", "REPLICA")
        assert fake.object("replicas", "key").body == b"ab"


def test_a_snapshot_and_a_dump_keep_what_is_pending(tmp_path):
    with FakeS3(buckets=["bucket", "replicas"]) as fake:
        scene = Scene(fake, WAYS_IN["client"])
        versioned(scene, "bucket", "replicas")
        put(RULE)(scene)
        scene.PutObject(Body=b"body")
        snapshot = fake.snapshot()
        fake.dump(tmp_path)
        for _ in range(2):
            fake.clock.advance(minutes=16)
            assert status(scene) == "COMPLETED"
            fake.restore(snapshot)
            assert status(scene) == "PENDING"
    with FakeS3.load(tmp_path) as loaded:
        loaded.clock.advance(minutes=16)
        assert loaded.object("replicas", "key").body == b"body"


@pytest.mark.parametrize("what", ["replication", "logging"])
def test_a_dump_whose_destination_is_gone(tmp_path, what):
    """What was stored while the other bucket was there is loaded again."""
    with FakeS3(buckets=["bucket", "replicas"]) as fake:
        scene = Scene(fake, WAYS_IN["client"])
        versioned(scene, "bucket", "replicas")
        if what == "replication":
            put(RULE)(scene)
        else:
            target = {"TargetBucket": "replicas", "TargetPrefix": ""}
            fake.client().put_bucket_policy(Bucket="replicas", Policy=LOG_DELIVERY)
            scene.PutBucketLogging(BucketLoggingStatus={"LoggingEnabled": target})
        fake.client().delete_bucket(Bucket="replicas")
        fake.dump(tmp_path)
    with FakeS3.load(tmp_path) as loaded:
        scene = Scene(loaded, WAYS_IN["client"])
        assert scene.GetBucketReplication() if what == "replication" else scene.GetBucketLogging()["LoggingEnabled"]


def test_the_time_is_within_s3s_promise():
    from fakes3mp.core.replication import REPLICATION_TIME

    assert timedelta() < REPLICATION_TIME <= timedelta(minutes=15)
