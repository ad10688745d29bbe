"""INTELLIGENT_TIERING: objects that nobody reads move to the archive tiers (O337)."""

from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
LARGE = bytes(128 * 1024)
ARCHIVE, DEEP = "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"
BOTH = [{"Days": 90, "AccessTier": ARCHIVE}, {"Days": 180, "AccessTier": DEEP}]


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], clock=lambda: NOON) as fake:
        yield fake


def configure(fake, tierings=BOTH, status="Enabled", **members):
    document = {"Id": "i", "Status": status, "Tierings": tierings, **members}
    fake.client().put_bucket_intelligent_tiering_configuration(
        Bucket="media", Id="i", IntelligentTieringConfiguration=document
    )


def put(fake, key="k", body=LARGE, **params):
    fake.client().put_object(Bucket="media", Key=key, Body=body, StorageClass="INTELLIGENT_TIERING", **params)


def tier(fake, key="k"):
    return fake.client().head_object(Bucket="media", Key=key).get("ArchiveStatus")


def read(fake, key="k"):
    return fake.client().get_object(Bucket="media", Key=key)["Body"].read()


def test_tiers_by_days(fake):
    configure(fake)
    put(fake)
    fake.clock.advance(days=90)
    assert tier(fake) is None
    fake.clock.advance(days=1)
    assert tier(fake) == ARCHIVE
    with pytest.raises(ClientError) as refused:
        read(fake)
    assert refused.value.response["Error"]["AccessTier"] == ARCHIVE
    fake.clock.advance(days=90)
    assert tier(fake) == DEEP


def test_reading_begins_anew(fake):
    configure(fake)
    put(fake)
    fake.clock.advance(days=80)
    read(fake)
    fake.clock.advance(days=80)
    tier(fake)  # HEAD is no access
    assert tier(fake) is None
    fake.clock.advance(days=11)
    assert tier(fake) == ARCHIVE


def test_restored_objects_begin_anew(fake):
    configure(fake)
    put(fake)
    fake.clock.advance(days=91)
    fake.client().restore_object(Bucket="media", Key="k", RestoreRequest={})
    fake.clock.advance(hours=5)
    assert (tier(fake), read(fake)) == (None, LARGE)
    fake.clock.advance(days=89)
    assert tier(fake) is None
    fake.clock.advance(days=2)
    assert tier(fake) == ARCHIVE


def test_what_does_not_move(fake):
    """manual: small objects, other storage classes, other prefixes and tags, disabled configurations"""
    tag = {"Key": "a", "Value": "b"}
    configure(fake, Filter={"And": {"Prefix": "in/", "Tags": [tag]}})
    put(fake, "in/a", Tagging="a=b")
    put(fake, "in/small", LARGE[1:], Tagging="a=b")
    put(fake, "in/untagged")
    put(fake, "out", Tagging="a=b")
    fake.client().put_object(Bucket="media", Key="in/standard", Body=LARGE, Tagging="a=b")
    fake.clock.advance(days=200)
    moved = {key for key in ("in/a", "in/small", "in/untagged", "out", "in/standard") if tier(fake, key)}
    assert (moved, tier(fake, "in/a")) == ({"in/a"}, DEEP)


def test_disabled(fake):
    configure(fake, status="Disabled")
    put(fake)
    fake.clock.advance(days=200)
    assert tier(fake) is None
    configure(fake)
    fake.clock.advance(days=1)
    assert tier(fake) == DEEP
    fake.client().delete_bucket_intelligent_tiering_configuration(Bucket="media", Id="i")
    put(fake)
    fake.clock.advance(days=400)
    assert tier(fake) is None


def test_events(fake):
    configure(fake)
    put(fake)
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:IntelligentTiering"]}
    fake.client().put_bucket_notification_configuration(
        Bucket="media", NotificationConfiguration={"QueueConfigurations": [queue]}
    )
    fake.clock.advance(days=200)
    assert [record["eventName"] for record in fake.events] == ["IntelligentTiering"] * 2


def test_versions(fake):
    """manual: noncurrent ones move too"""
    fake.client().put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    configure(fake)
    put(fake)
    first = fake.client().list_object_versions(Bucket="media")["Versions"][0]["VersionId"]
    fake.client().delete_object(Bucket="media", Key="k")
    fake.clock.advance(days=91)
    head = fake.client().head_object(Bucket="media", Key="k", VersionId=first)
    assert head["ArchiveStatus"] == ARCHIVE
