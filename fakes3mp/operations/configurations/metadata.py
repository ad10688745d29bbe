"""S3 Metadata: which tables describe a bucket's objects. The tables themselves are not there: the documents are all.

A configuration is of version 2 (journal, inventory and annotation tables in a table bucket of S3's) or of version 1 (one
table in a table bucket of the user's). By S3's manual; messages, and the codes of what is not documented, are not verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.registry import Answer, operation

Document = Mapping[str, Any]

METADATA = "MetadataConfiguration"
METADATA_TABLE = "MetadataTableConfiguration"  # of version 1
_LEAST_DAYS, _MOST_DAYS = 7, 2**31 - 1
_NAMESPACE_V1 = "aws_s3_metadata"


@operation("CreateBucketMetadataConfiguration")
def create_metadata(store: Store, *, bucket: Bucket, metadata_configuration: Document) -> Answer:
    """Configure the tables of a bucket that has none yet."""
    _check_new(bucket)
    for table in metadata_configuration.values():
        _check_table(bucket, table)
    bucket.configure(METADATA, metadata_configuration)
    return {}


@operation("GetBucketMetadataConfiguration")
def get_metadata(store: Store, *, bucket: Bucket) -> Answer:
    """The tables of a configuration of either version, which are there at once."""
    version_1 = bucket.configuration(METADATA_TABLE)
    if version_1 is not None:
        result = _version_1_result(store, bucket, version_1["S3TablesDestination"])
    elif METADATA in bucket.configurations:
        result = _version_2_result(store, bucket, bucket.configuration(METADATA))
    else:
        raise _not_found()
    return {"GetBucketMetadataConfigurationResult": {"MetadataConfigurationResult": result}}


@operation("DeleteBucketMetadataConfiguration")
def delete_metadata(store: Store, *, bucket: Bucket) -> Answer:
    """Remove a configuration of either version (O318)."""
    if bucket.configurations.keys().isdisjoint((METADATA, METADATA_TABLE)):
        raise _not_found()
    bucket.remove_configuration(METADATA)
    bucket.remove_configuration(METADATA_TABLE)
    return {}


@operation("CreateBucketMetadataTableConfiguration")
def create_metadata_table(store: Store, *, bucket: Bucket, metadata_table_configuration: Document) -> Answer:
    """Configure the one table of version 1."""
    _check_new(bucket)
    destination = metadata_table_configuration["S3TablesDestination"]
    parts = destination["TableBucketArn"].split(":")
    if parts[2:5] != ["s3tables", bucket.region, store.account_id]:
        message = "The destination table bucket must be in the same Region and account as the bucket."
        raise S3Error("InvalidRequest", message)
    bucket.configure(METADATA_TABLE, metadata_table_configuration)
    return {}


@operation("GetBucketMetadataTableConfiguration")
def get_metadata_table(store: Store, *, bucket: Bucket) -> Answer:
    """The table of version 1."""
    _check_not_version_2(bucket, "GET")
    destination = bucket.configuration(METADATA_TABLE)["S3TablesDestination"]
    result = {
        **destination,
        "TableArn": _table_arn(destination["TableBucketArn"], bucket, destination["TableName"]),
        "TableNamespace": _NAMESPACE_V1,
    }
    return {
        "GetBucketMetadataTableConfigurationResult": {
            "MetadataTableConfigurationResult": {"S3TablesDestinationResult": result},
            "Status": "ACTIVE",
        }
    }


@operation("DeleteBucketMetadataTableConfiguration")
def delete_metadata_table(store: Store, *, bucket: Bucket) -> Answer:
    """Remove a configuration of version 1."""
    _check_not_version_2(bucket, "DELETE")
    bucket.remove_configuration(METADATA_TABLE)
    return {}


@operation("UpdateBucketMetadataInventoryTableConfiguration")
def update_inventory_table(store: Store, *, bucket: Bucket, inventory_table_configuration: Document) -> Answer:
    """Enable or disable the inventory table."""
    return _update(bucket, "InventoryTableConfiguration", inventory_table_configuration)


@operation("UpdateBucketMetadataJournalTableConfiguration")
def update_journal_table(store: Store, *, bucket: Bucket, journal_table_configuration: Document) -> Answer:
    """Change when records of the journal table expire."""
    return _update(bucket, "JournalTableConfiguration", journal_table_configuration)


@operation("UpdateBucketMetadataAnnotationTableConfiguration")
def update_annotation_table(store: Store, *, bucket: Bucket, annotation_table_configuration: Document) -> Answer:
    """Enable or disable the annotation table, or change its role."""
    return _update(bucket, "AnnotationTableConfiguration", annotation_table_configuration)


def _update(bucket: Bucket, table: str, changes: Document) -> Answer:
    """Change one table of a configuration of version 2; what is left out stays."""
    _check_table(bucket, changes)
    document = bucket.configuration(METADATA)
    if document is None:
        raise _not_found()
    bucket.configure(METADATA, {**document, table: {**document.get(table, {}), **changes}})
    return {}


def _check_new(bucket: Bucket) -> None:
    """A bucket has one configuration, of either version; how S3 refuses a second one is not verified."""
    if not bucket.configurations.keys().isdisjoint((METADATA, METADATA_TABLE)):
        raise S3Error("InvalidRequest", "A metadata configuration already exists on this bucket.")


def _check_not_version_2(bucket: Bucket, method: str) -> None:
    """The operations of version 1 answer 405 for a configuration of version 2 (S3's manual)."""
    if METADATA in bucket.configurations:
        fields = {"Method": method, "ResourceType": "METADATA_TABLE"}
        raise S3Error("MethodNotAllowed", fields=fields)
    if METADATA_TABLE not in bucket.configurations:
        raise _not_found()


def _not_found() -> S3Error:
    """O318"""
    return S3Error("MetadataConfigurationNotFound")


def _check_table(bucket: Bucket, table: Document) -> None:
    """When records expire, whether a table is enabled, and how it is encrypted."""
    expiration = table.get("RecordExpiration", {"Expiration": "DISABLED"})
    states = expiration["Expiration"], table.get("ConfigurationState", "ENABLED")
    if any(state not in ("ENABLED", "DISABLED") for state in states):
        raise S3Error("MalformedXML")
    days = expiration.get("Days")
    if days is not None and not _LEAST_DAYS <= days <= _MOST_DAYS:
        message = f"Days must be between {_LEAST_DAYS} and {_MOST_DAYS}"
        raise invalid_argument(message, "Days", str(days))
    encryption = table.get("EncryptionConfiguration", {"SseAlgorithm": "AES256"})
    if encryption["SseAlgorithm"] not in ("aws:kms", "AES256"):
        raise S3Error("MalformedXML")
    if encryption["SseAlgorithm"] == "aws:kms":
        arn = encryption.get("KmsKeyArn", "")
        if arn.split(":")[2:4] != ["kms", bucket.region]:
            message = "SSE-KMS needs the ARN of a customer managed key in the bucket's Region"
            raise invalid_argument(message, "KmsKeyArn", arn)


def _version_1_result(store: Store, bucket: Bucket, destination: Document) -> dict[str, Any]:
    arn, name = destination["TableBucketArn"], destination["TableName"]
    return {
        "DestinationResult": {
            "TableBucketType": "customer",
            "TableBucketArn": arn,
            "TableNamespace": _NAMESPACE_V1,
        },
        "JournalTableConfigurationResult": {
            "TableStatus": "ACTIVE",
            "TableName": name,
            "TableArn": _table_arn(arn, bucket, name),
            "RecordExpiration": {"Expiration": "DISABLED"},
        },
    }


def _version_2_result(store: Store, bucket: Bucket, document: Document) -> dict[str, Any]:
    arn = f"arn:aws:s3tables:{bucket.region}:{store.account_id}:bucket/aws-s3"
    result: dict[str, Any] = {
        "DestinationResult": {
            "TableBucketType": "aws",
            "TableBucketArn": arn,
            "TableNamespace": f"b_{bucket.name}",
        }
    }
    for member, name in _TABLES.items():
        table = document.get(member)
        if table is not None:
            result[f"{member}Result"] = {
                **{key: value for key, value in table.items() if key != "EncryptionConfiguration"},
                **_table_members(bucket, arn, name, table),
            }
    return result


def _table_members(bucket: Bucket, arn: str, name: str, table: Document) -> dict[str, str]:
    """Name and ARN of a table, unless it is disabled."""
    if table.get("ConfigurationState") == "DISABLED":
        return {}
    return {"TableStatus": "ACTIVE", "TableName": name, "TableArn": _table_arn(arn, bucket, name)}


_TABLES = {
    "JournalTableConfiguration": "journal",
    "InventoryTableConfiguration": "inventory",
    "AnnotationTableConfiguration": "annotation",
}


def _table_arn(table_bucket: str, bucket: Bucket, name: str) -> str:
    return f"{table_bucket}/table/{uuid5(NAMESPACE_URL, f'{bucket.name}/{name}')}"
