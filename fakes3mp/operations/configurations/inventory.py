"""Inventories: the checks of an InventoryConfiguration. The reports themselves are made in ``service.deliveries``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import next_midnight
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import INVENTORY_STEP

INVENTORY = "InventoryConfiguration"
FORMATS = ("CSV", "ORC", "Parquet")
OPTIONAL_FIELDS = (
    *("Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded", "ReplicationStatus"),
    *("EncryptionStatus", "ObjectLockRetainUntilDate", "ObjectLockMode", "ObjectLockLegalHoldStatus"),
    *("ObjectLockEventHoldStatus", "ObjectLockEventHoldDuration", "IntelligentTieringAccessTier", "BucketKeyStatus"),
    *("ChecksumAlgorithm", "ObjectAccessControlList", "ObjectOwner", "LifecycleExpirationDate"),
    "IntelligentTieringReferenceDate",
)


def check_inventory(inventory_configuration: Mapping[str, Any]) -> None:
    """What is listed, how often, and where the list is delivered (O313)."""
    destination = inventory_destination(inventory_configuration)
    fields = inventory_configuration.get("OptionalFields") or ()
    is_well_formed = (
        destination["Format"] in FORMATS
        and inventory_configuration["Schedule"]["Frequency"] in ("Daily", "Weekly")
        and inventory_configuration["IncludedObjectVersions"] in ("All", "Current")
        and set(fields) <= set(OPTIONAL_FIELDS)
        and len(destination.get("Encryption", {"SSES3": {}})) == 1  # SSE-S3 or SSE-KMS, not both
    )
    if not is_well_formed:
        raise S3Error("MalformedXML")


def inventory_destination(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the list is delivered."""
    destination: Mapping[str, Any] = document["Destination"]["S3BucketDestination"]
    return destination


def schedule_inventory(store: Store, bucket: Bucket, id_: str, document: Mapping[str, Any] | None) -> None:
    """Let the first list be delivered at the next midnight; none of a configuration that is disabled, or removed."""
    is_enabled = document is not None and document["IsEnabled"]
    first = next_midnight(store.now() + timedelta(seconds=1)) if is_enabled else None
    store.schedule((INVENTORY_STEP, bucket.name, id_), first)
