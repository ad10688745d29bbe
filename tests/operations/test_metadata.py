"""S3 Metadata: configurations of both versions, and the updates of their tables. By S3's manual."""

import pytest

from tests.operations.scene import expect_error, row

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
ENCRYPTED = {"SseAlgorithm": "aws:kms", "KmsKeyArn": KEY}
JOURNAL = {"RecordExpiration": {"Expiration": "ENABLED", "Days": 7}, "EncryptionConfiguration": ENCRYPTED}
FULL = {
    "JournalTableConfiguration": JOURNAL,
    "InventoryTableConfiguration": {"ConfigurationState": "ENABLED", "EncryptionConfiguration": {"SseAlgorithm": "AES256"}},
    "AnnotationTableConfiguration": {"ConfigurationState": "DISABLED", "Role": "arn:aws:iam::123456789012:role/r"},
}  # fmt: skip
TABLE_BUCKET = "arn:aws:s3tables:us-east-1:123456789012:bucket/tables"
TABLE = {"S3TablesDestination": {"TableBucketArn": TABLE_BUCKET, "TableName": "mine"}}
NOT_FOUND = expect_error("MetadataConfigurationNotFound", 404)
EXISTS = expect_error("InvalidRequest", 400)
MALFORMED = expect_error("MalformedXML", 400)


def create(**members):
    configuration = {"JournalTableConfiguration": JOURNAL, **members}
    return lambda scene: scene.CreateBucketMetadataConfiguration(MetadataConfiguration=configuration)


def create_table(**members):
    destination = {**TABLE["S3TablesDestination"], **members}
    return lambda scene: scene.CreateBucketMetadataTableConfiguration(
        MetadataTableConfiguration={"S3TablesDestination": destination}
    )


def expiring(**expiration):
    return create(JournalTableConfiguration={"RecordExpiration": expiration})


def update_inventory(**members):
    return lambda s: s.UpdateBucketMetadataInventoryTableConfiguration(InventoryTableConfiguration=members)


def update_journal(**expiration):
    return lambda s: s.UpdateBucketMetadataJournalTableConfiguration(
        JournalTableConfiguration={"RecordExpiration": expiration}
    )


def update_annotation(**members):
    return lambda s: s.UpdateBucketMetadataAnnotationTableConfiguration(AnnotationTableConfiguration=members)


def kms(arn):
    encryption = {"SseAlgorithm": "aws:kms", **arn}
    return create(InventoryTableConfiguration={"ConfigurationState": "ENABLED", "EncryptionConfiguration": encryption})


ROWS = [
    row("O318", "untouched", lambda s: s.GetBucketMetadataConfiguration(), NOT_FOUND),
    row("O318", "delete nothing", lambda s: s.DeleteBucketMetadataConfiguration(), NOT_FOUND),
    row("O318", "no table", lambda s: s.GetBucketMetadataTableConfiguration(), NOT_FOUND),
    row("O318", "delete no table", lambda s: s.DeleteBucketMetadataTableConfiguration(), NOT_FOUND),
    row("manual", "update no inventory", update_inventory(ConfigurationState="ENABLED"), NOT_FOUND),
    row("manual", "update no journal", update_journal(Expiration="DISABLED"), NOT_FOUND),
    row("manual", "update no annotations", update_annotation(ConfigurationState="ENABLED"), NOT_FOUND),
    row("O268", "no bucket", lambda s: s.GetBucketMetadataConfiguration(Bucket="none"), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("manual", "twice", lambda s: (create()(s), EXISTS.check(s, create()))[1], None),
    row("manual", "both versions", lambda s: (create()(s), EXISTS.check(s, create_table()))[1], None),
    row("manual", "read as version 1", lambda s: (create()(s), expect_error("MethodNotAllowed", 405, Method="GET", ResourceType="METADATA_TABLE").check(s, lambda s: s.GetBucketMetadataTableConfiguration()))[1], None),
    row("manual", "deleted as version 1", lambda s: (create()(s), expect_error("MethodNotAllowed", 405, Method="DELETE", ResourceType="METADATA_TABLE").check(s, lambda s: s.DeleteBucketMetadataTableConfiguration()))[1], None),
    row("model", "unknown expiration", expiring(Expiration="SOMETIMES"), MALFORMED),
    row("manual", "six days", expiring(Expiration="ENABLED", Days=6), expect_error("InvalidArgument", 400, ArgumentName="Days", ArgumentValue="6")),
    row("model", "unknown state", create(InventoryTableConfiguration={"ConfigurationState": "ON"}), MALFORMED),
    row("model", "unknown state of annotations", create(AnnotationTableConfiguration={"ConfigurationState": "ON"}), MALFORMED),
    row("model", "unknown encryption", create(JournalTableConfiguration={**JOURNAL, "EncryptionConfiguration": {"SseAlgorithm": "aws:kms:dsse"}}), MALFORMED),
    row("manual", "no key", kms({}), expect_error("InvalidArgument", 400, ArgumentName="KmsKeyArn", ArgumentValue="")),
    row("manual", "a key elsewhere", kms({"KmsKeyArn": KEY.replace("us-east-1", "eu-west-1")}), expect_error("InvalidArgument", 400, ArgumentName="KmsKeyArn", ArgumentValue=KEY.replace("us-east-1", "eu-west-1"))),
    row("manual", "a table bucket elsewhere", create_table(TableBucketArn=TABLE_BUCKET.replace("us-east-1", "eu-west-1")), expect_error("InvalidRequest", 400)),
    row("manual", "no table bucket", create_table(TableBucketArn="arn:aws:s3:::bucket"), expect_error("InvalidRequest", 400)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_refusals(scene, act, expect):
    act(scene) if expect is None else expect.check(scene, act)


def result(scene):
    answer = scene.GetBucketMetadataConfiguration()["GetBucketMetadataConfigurationResult"]
    return answer["MetadataConfigurationResult"]


def test_version_2(scene):
    """manual: the tables of a configuration, their updates, and the end"""
    create(**FULL)(scene)
    table_bucket = "arn:aws:s3tables:us-east-1:123456789012:bucket/aws-s3"
    destination = {"TableBucketType": "aws", "TableBucketArn": table_bucket, "TableNamespace": "b_bucket"}
    assert result(scene)["DestinationResult"] == destination
    journal, inventory, annotation = (result(scene)[f"{name}TableConfigurationResult"] for name in ("Journal", "Inventory", "Annotation"))  # fmt: skip
    assert (journal["RecordExpiration"], journal["TableName"]) == (JOURNAL["RecordExpiration"], "journal")
    assert journal["TableArn"].startswith(f"{table_bucket}/table/")
    assert (inventory["ConfigurationState"], inventory["TableStatus"]) == ("ENABLED", "ACTIVE")
    assert annotation == FULL["AnnotationTableConfiguration"]

    update_journal(Expiration="DISABLED")(scene)
    update_inventory(ConfigurationState="DISABLED")(scene)
    update_annotation(ConfigurationState="ENABLED")(scene)
    assert result(scene)["JournalTableConfigurationResult"]["RecordExpiration"] == {"Expiration": "DISABLED"}
    assert result(scene)["InventoryTableConfigurationResult"] == {"ConfigurationState": "DISABLED"}
    annotation = result(scene)["AnnotationTableConfigurationResult"]
    assert (annotation["TableName"], annotation["Role"]) == ("annotation", FULL["AnnotationTableConfiguration"]["Role"])

    scene.DeleteBucketMetadataConfiguration()
    NOT_FOUND.check(scene, lambda s: s.GetBucketMetadataConfiguration())


def test_version_1(scene):
    """manual: the one table, which the operations of version 2 know too"""
    create_table()(scene)
    answer = scene.GetBucketMetadataTableConfiguration()["GetBucketMetadataTableConfigurationResult"]
    destination = answer["MetadataTableConfigurationResult"]["S3TablesDestinationResult"]
    table_arn = destination.pop("TableArn")
    assert destination == {**TABLE["S3TablesDestination"], "TableNamespace": "aws_s3_metadata"}
    assert answer["Status"] == "ACTIVE"
    assert result(scene)["JournalTableConfigurationResult"]["TableArn"] == table_arn
    assert result(scene)["DestinationResult"]["TableBucketType"] == "customer"
    scene.DeleteBucketMetadataTableConfiguration()
    create_table()(scene)
    scene.DeleteBucketMetadataConfiguration()
    NOT_FOUND.check(scene, lambda s: s.GetBucketMetadataTableConfiguration())
