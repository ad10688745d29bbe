"""Event notifications: the records that S3 would send to a queue."""

import json
from datetime import datetime, timezone

import pytest

from fakes3mp import FakeS3

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
ALL = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:LifecycleExpiration:*", "s3:LifecycleTransition", "s3:ObjectAcl:Put"]  # fmt: skip
KEY = {"Bucket": "media", "Key": "a b/ü+.jpg"}


@pytest.fixture
def fake():
    with FakeS3(buckets=["media", "quiet"], min_part_size=1) as fake:
        fake.clock.freeze("2026-03-01T12:00:00Z")
        yield fake


def configure(fake, *events, rules=()):
    filter_ = {"Filter": {"Key": {"FilterRules": list(rules)}}} if rules else {}
    queue = {"Id": "q", "QueueArn": QUEUE, "Events": list(events or ALL), **filter_}
    fake.client().put_bucket_notification_configuration(
        Bucket="media", NotificationConfiguration={"QueueConfigurations": [queue]}
    )


def names(fake):
    return [record["eventName"] for record in fake.events]


def multipart(s3):
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


def versioned(s3):
    s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})


def in_batch(s3):
    s3.delete_objects(Bucket="media", Delete={"Objects": [{"Key": KEY["Key"]}, {"Key": "missing"}]})


def owned_by_writers(s3):
    s3.put_bucket_ownership_controls(Bucket="media", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


PUT = lambda s3: s3.put_object(**KEY, Body=b"hello")  # noqa: E731
TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
ROWS = {
    "put": ([PUT], ["ObjectCreated:Put"]),
    "copy": ([PUT, lambda s3: s3.copy_object(Bucket="media", Key="copy", CopySource=KEY)], ["ObjectCreated:Put", "ObjectCreated:Copy"]),
    "multipart": ([multipart], ["ObjectCreated:CompleteMultipartUpload"]),
    "delete": ([PUT, lambda s3: s3.delete_object(**KEY)], ["ObjectCreated:Put", "ObjectRemoved:Delete"]),
    "delete of nothing": ([lambda s3: s3.delete_object(**KEY)], []),
    "batch": ([PUT, in_batch], ["ObjectCreated:Put", "ObjectRemoved:Delete"]),
    "marker": ([versioned, PUT, lambda s3: s3.delete_object(**KEY)], ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated"]),
    "tags": ([PUT, lambda s3: s3.put_object_tagging(**KEY, Tagging=TAGS), lambda s3: s3.delete_object_tagging(**KEY)], ["ObjectCreated:Put", "ObjectTagging:Put", "ObjectTagging:Delete"]),
    "ACL": ([owned_by_writers, PUT, lambda s3: s3.put_object_acl(**KEY, ACL="private")], ["ObjectCreated:Put", "ObjectAcl:Put"]),
    "a read": ([PUT, lambda s3: s3.get_object(**KEY)], ["ObjectCreated:Put"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_event_names(fake, name):
    acts, expected = ROWS[name]
    configure(fake)
    for act in acts:
        act(fake.client())
    assert names(fake) == expected


def test_a_failed_call_has_no_event(fake):
    configure(fake)
    with pytest.raises(Exception, match="BadDigest"):
        fake.client().put_object(**KEY, Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert fake.events == []


def test_lifecycle_events(fake):
    configure(fake)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}
    fake.client().put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})
    PUT(fake.client())
    versioned(fake.client())
    PUT(fake.client())
    fake.clock.advance(days=9)
    assert names(fake) == ["ObjectCreated:Put", "ObjectCreated:Put", "LifecycleExpiration:DeleteMarkerCreated"]
    assert fake.events[-1]["eventTime"] == "2026-03-05T00:00:00.000Z"
    assert fake.events[-1]["userIdentity"] == {"principalId": "s3.amazonaws.com"}


def test_only_configured_events_are_recorded(fake):
    s3 = fake.client()
    PUT(s3)  # before the configuration
    configure(
        fake, "s3:ObjectCreated:Put", rules=[{"Name": "prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]
    )
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg"):
        s3.put_object(Bucket="media", Key=key, Body=b"")
        s3.put_object(Bucket="quiet", Key=key, Body=b"")
    s3.delete_object(Bucket="media", Key="in/a.jpg")
    assert [record["s3"]["object"]["key"] for record in fake.events] == ["in/a.jpg"]


def test_a_record_is_s3s(fake):
    """S3's manual, "Event message structure"."""
    configure(fake)
    versioned(fake.client())
    response = PUT(fake.client())
    (record,) = fake.events
    sequencer = record["s3"]["object"].pop("sequencer")
    assert int(sequencer, 16) > 0
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert record == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-03-01T12:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:123456789012"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": headers["x-amz-request-id"], "x-amz-id-2": headers["x-amz-id-2"]},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "q",
            "bucket": {
                "name": "media",
                "ownerIdentity": {"principalId": fake.client().get_bucket_acl(Bucket="media")["Owner"]["ID"]},
                "arn": "arn:aws:s3:::media",
            },
            "object": {
                "key": "a+b/%C3%BC%2B.jpg",
                "size": 5,
                "eTag": response["ETag"].strip('"'),
                "versionId": response["VersionId"],
            },
        },
    }
    assert json.loads(json.dumps({"Records": fake.events}))["Records"] == fake.events


def test_sequencers_tell_the_order(fake):
    configure(fake)
    for _ in range(3):
        PUT(fake.client())
    sequencers = [record["s3"]["object"]["sequencer"] for record in fake.events]
    assert sequencers == sorted(sequencers)
    assert len(set(sequencers)) == 3


def test_listeners_may_call_s3_themselves(fake):
    """A function that a queue would start: it reads the object of the record, and writes another one."""
    configure(fake, rules=[{"Name": "prefix", "Value": "in/"}])
    keys = []

    @fake.on_event
    def copy(record):
        keys.append(record["s3"]["object"]["key"])
        key = record["s3"]["object"]["key"]
        body = fake.client().get_object(Bucket="media", Key=key)["Body"].read()
        fake.client().put_object(Bucket="media", Key=key.replace("in/", "out/"), Body=body.upper())

    fake.client().put_object(Bucket="media", Key="in/a", Body=b"hello")
    assert keys == ["in/a"]
    assert fake.object("media", "out/a").body == b"HELLO"


def test_records_cannot_be_changed(fake):
    configure(fake)
    PUT(fake.client())
    fake.events[0]["s3"]["object"]["size"] = 7
    assert fake.events[0]["s3"]["object"]["size"] == 5


def test_seeding_has_events_and_clear_calls_removes_them(fake):
    configure(fake)
    fake.put("media", "seed", b"x")
    assert names(fake) == ["ObjectCreated:Put"]
    assert fake.events[0]["eventTime"] == f"{datetime(2026, 3, 1, 12, tzinfo=timezone.utc):%Y-%m-%dT%H:%M:%S}.000Z"
    fake.clear_calls()
    assert fake.events == []


def test_a_failing_listener_fails_the_test(fake):
    configure(fake)

    @fake.on_event
    def broken(record):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        PUT(fake.client())
