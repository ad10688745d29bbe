"""Configurations of which a bucket has several: metrics, analytics, Intelligent-Tiering, inventory."""

import pytest

from fakes3mp import FakeS3
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

MALFORMED = expect_error("MalformedXML", 400)
NO_CONFIGURATION = expect_error("NoSuchConfiguration", 404, "The specified configuration does not exist.")
TAG = {"Key": "a", "Value": "b"}
TO_OTHER = {"Bucket": "arn:aws:s3:::other", "Format": "CSV"}


def metrics(name="1", **members):
    return "MetricsConfiguration", {"Id": name, **members}


def analytics(name="1", destination=None, **members):
    export = {"OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": destination}}
    analysis = {"DataExport": export} if destination else {}
    return "AnalyticsConfiguration", {"Id": name, "StorageClassAnalysis": analysis, **members}


def tiering(name="1", days=90, tier="ARCHIVE_ACCESS", **members):
    document = {"Id": name, "Status": "Enabled", "Tierings": [{"Days": days, "AccessTier": tier}], **members}
    return "IntelligentTieringConfiguration", document


def inventory(name="1", destination=TO_OTHER, frequency="Daily", **members):
    document = {
        "Id": name,
        "Destination": {"S3BucketDestination": destination},
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": frequency},
        **members,
    }
    return "InventoryConfiguration", document


KINDS = {"metrics": metrics, "analytics": analytics, "tiering": tiering, "inventory": inventory}
FULL = {
    "metrics": metrics(Filter={"And": {"Prefix": "p/", "Tags": [TAG], "AccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/ap"}}),
    "analytics": analytics(destination={**TO_OTHER, "BucketAccountId": "123456789012", "Prefix": "reports"}, Filter={"And": {"Prefix": "p/", "Tags": [TAG]}}),
    "tiering": tiering(Filter={"Tag": TAG}, Status="Disabled", Tierings=[{"Days": 730, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]),
    "inventory": inventory(
        destination={**TO_OTHER, "AccountId": "123456789012", "Prefix": "lists", "Encryption": {"SSEKMS": {"KeyId": "arn:aws:kms:us-east-1:123456789012:key/k"}}},
        Filter={"Prefix": "p/"},
        OptionalFields=["Size", "ETag", "ObjectLockMode"],
        frequency="Weekly",
    ),
}  # fmt: skip


def put(configuration, name=None):
    document, content = configuration
    return lambda scene: scene.call(
        f"PutBucket{document}", Bucket="bucket", Id=name or content["Id"], **{document: content}
    )


def destination(**members):
    return inventory(destination={**TO_OTHER, **members})


ROWS = [
    row("O310", "another Id in the document", put(inventory("2"), "1"), expect_error("IdMismatch", 400, "Document ID does not match the specified configuration ID.")),
    row("O310", "another Id of metrics", put(metrics("2"), "1"), expect_error("IdMismatch", 400)),
    row("manual", "an Id of other characters", put(metrics("a b")), expect_error("InvalidArgument", 400, ArgumentName="Id", ArgumentValue="a b")),
    row("manual", "an Id of 65 characters", put(metrics("a" * 65)), expect_error("InvalidArgument", 400, ArgumentName="Id", ArgumentValue="a" * 65)),
    row("manual", "an Id of 64 characters", put(metrics("a.-_" * 16)), expect_answer()),
    row("manual", "an empty filter", put(metrics(Filter={})), MALFORMED),
    row("manual", "two conditions", put(metrics(Filter={"Prefix": "p", "Tag": TAG})), MALFORMED),
    row("manual", "a conjunction of one", put(metrics(Filter={"And": {"Prefix": "p"}})), MALFORMED),
    row("manual", "a conjunction of one tag", put(analytics(Filter={"And": {"Tags": [TAG]}})), MALFORMED),
    row("manual", "a conjunction of two tags", put(analytics(Filter={"And": {"Tags": [TAG, {"Key": "c", "Value": "d"}]}})), expect_answer()),
    row("O89", "a tag twice", put(analytics(Filter={"And": {"Tags": [TAG, TAG]}})), expect_error("InvalidTag", 400, "Cannot provide multiple Tags with the same key", TagKey="a")),
    row("O90", "no tag's key", put(tiering(Filter={"Tag": {"Key": "a,b", "Value": ""}})), expect_error("InvalidTag", 400, "The TagKey you have provided is invalid", TagKey="a,b")),
    row("manual", "analytics of an empty filter", put(analytics(Filter={})), MALFORMED),
    row("manual", "tiering of two conditions", put(tiering(Filter={"Prefix": "p", "Tag": TAG})), MALFORMED),
    row("model", "analytics in another schema", put(("AnalyticsConfiguration", {"Id": "1", "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_2", "Destination": {"S3BucketDestination": TO_OTHER}}}})), MALFORMED),
    row("model", "analytics in another format", put(analytics(destination={**TO_OTHER, "Format": "ORC"})), MALFORMED),
    row("O311", "analytics to no ARN", put(analytics(destination={**TO_OTHER, "Bucket": "other"})), expect_error("InvalidS3DestinationBucket", 400, "Invalid bucket ARN.")),
    row("O311", "no ARN", put(destination(Bucket="other")), expect_error("InvalidS3DestinationBucket", 400, "Invalid bucket ARN.")),
    row("O311", "an ARN of an object", put(destination(Bucket="arn:aws:s3:::other/key")), expect_error("InvalidS3DestinationBucket", 400, "Invalid bucket ARN.")),
    row("O311", "an ARN with an account", put(destination(Bucket="arn:aws:s3::123456789012:other")), expect_error("InvalidS3DestinationBucket", 400, "Bucket ARN should not specify a namespace.")),
    row("O310", "the Id before the destination", put(inventory("2", destination={**TO_OTHER, "Bucket": "other"}), "1"), expect_error("IdMismatch", 400)),
    row("O313", "unknown format", put(destination(Format="JSON")), MALFORMED),
    row("O313", "the format before the Id", put(destination(Format="JSON"), "2"), MALFORMED),
    row("O313", "unknown frequency", put(inventory(frequency="Hourly")), MALFORMED),
    row("O313", "unknown versions", put(inventory(IncludedObjectVersions="Noncurrent")), MALFORMED),
    row("O313", "unknown field", put(inventory(OptionalFields=["Size", "Colour"])), MALFORMED),
    row("manual", "two encryptions", put(destination(Encryption={"SSES3": {}, "SSEKMS": {"KeyId": "k"}})), MALFORMED),
    row("model", "neither enabled nor disabled", put(tiering(Status="On")), MALFORMED),
    row("model", "unknown tier", put(tiering(tier="FREQUENT")), MALFORMED),
    row("model", "no tier", put(tiering(Tierings=[])), MALFORMED),
    row("manual", "archive too soon", put(tiering(days=89)), expect_error("InvalidArgument", 400, ArgumentName="Days", ArgumentValue="89")),
    row("manual", "deep archive too soon", put(tiering(days=179, tier="DEEP_ARCHIVE_ACCESS")), expect_error("InvalidArgument", 400, ArgumentName="Days", ArgumentValue="179")),
    row("manual", "archive too late", put(tiering(days=731)), expect_error("InvalidArgument", 400, ArgumentName="Days", ArgumentValue="731")),
    row("O258", "a token that no page has answered", lambda s: s.ListBucketMetricsConfigurations(ContinuationToken="?"), expect_error("InvalidArgument", 400, "The continuation token provided is incorrect", ArgumentName="continuation-token")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.parametrize("kind", KINDS)
def test_put_get_list_and_delete(scene, kind):
    """O125-O127, O310, O312"""
    document, full = FULL[kind]
    get, delete = f"GetBucket{document}", f"DeleteBucket{document}"
    listed = f"ListBucket{document}s"
    NO_CONFIGURATION.check(scene, lambda s: s.call(get, Bucket="bucket", Id="1"))
    assert f"{document}List" not in scene.call(listed, Bucket="bucket")
    put(KINDS[kind]())(scene)
    put(FULL[kind])(scene)
    put(KINDS[kind]("0"))(scene)
    assert scene.call(get, Bucket="bucket", Id="1") == {document: full}
    expected = {f"{document}List": [KINDS[kind]("0")[1], full], "IsTruncated": False}
    expect_answer(**expected, ContinuationToken=ABSENT, NextContinuationToken=ABSENT).check(
        scene, lambda s: s.call(listed, Bucket="bucket")
    )
    scene.call(delete, Bucket="bucket", Id="1")
    NO_CONFIGURATION.check(scene, lambda s: s.call(delete, Bucket="bucket", Id="1"))
    NO_CONFIGURATION.check(scene, lambda s: s.call(get, Bucket="bucket", Id="1"))
    assert scene.call(listed, Bucket="bucket")[f"{document}List"] == [KINDS[kind]("0")[1]]
    scene.call(delete, Bucket="bucket", Id="0")
    assert scene.call(listed, Bucket="bucket") == {"IsTruncated": False}


@pytest.mark.parametrize("kind", KINDS)
def test_pages(scene, kind):
    """O127"""
    for number in range(101):
        put(KINDS[kind](f"{number:03}"))(scene)
    operation = f"ListBucket{KINDS[kind]()[0]}s"
    first = scene.call(operation, Bucket="bucket")
    assert (len(first[f"{KINDS[kind]()[0]}List"]), first["IsTruncated"]) == (100, True)
    token = first["NextContinuationToken"]
    second = scene.call(operation, Bucket="bucket", ContinuationToken=token)
    assert [each["Id"] for each in second[f"{KINDS[kind]()[0]}List"]] == ["100"]
    assert (second["IsTruncated"], second["ContinuationToken"]) == (False, token)
    assert "NextContinuationToken" not in second


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_at_most(scene, kind):
    """manual"""
    document, content = KINDS[kind]()
    stored = {f"{number:04}": {**content, "Id": f"{number:04}"} for number in range(1000)}
    scene.fake._store.bucket("bucket").configure(document, stored)
    put(KINDS[kind]("0999"))(scene)
    expect_error("TooManyConfigurations", 400).check(scene, put(KINDS[kind]("1000")))


@pytest.mark.parametrize("kind", KINDS)
def test_no_bucket_comes_first(scene, kind):
    """O268"""
    document, content = KINDS[kind]()
    no_bucket = expect_error("NoSuchBucket", 404, BucketName="none")
    no_bucket.check(scene, lambda s: s.call(f"PutBucket{document}", Bucket="none", Id="another", **{document: content}))
    for operation in (f"GetBucket{document}", f"DeleteBucket{document}"):
        no_bucket.check(scene, lambda s, operation=operation: s.call(operation, Bucket="none", Id="1"))
    no_bucket.check(scene, lambda s: s.call(f"ListBucket{document}s", Bucket="none"))


def test_a_destination_in_another_region(scene):
    """manual"""
    scene.fake.create_bucket("far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    far = {**TO_OTHER, "Bucket": "arn:aws:s3:::far"}
    for configuration in (inventory(destination=far), analytics(destination=far)):
        expect_error("InvalidS3DestinationBucket", 400).check(scene, put(configuration))


@pytest.mark.parametrize(
    ("kind", "status"), [("metrics", 204), ("inventory", 204), ("analytics", 200), ("tiering", 200)]
)
def test_statuses(kind, status):
    """O125, O310"""
    statuses = []
    document, content = KINDS[kind]()
    with FakeS3(buckets=["bucket"]) as fake:
        client = fake.client()
        client.meta.events.register(
            "after-call.s3", lambda http_response, **_: statuses.append(http_response.status_code)
        )
        client._make_api_call(f"PutBucket{document}", {"Bucket": "bucket", "Id": "1", document: content})
        client._make_api_call(f"DeleteBucket{document}", {"Bucket": "bucket", "Id": "1"})
    assert statuses == [status, 204]
