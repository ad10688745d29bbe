"""Configurations of Storage Lens: documents that S3 keeps; the fake computes no metrics.

The refusals are those of S3's manual, "List of Amazon S3 Storage Lens error codes"; their wordings are not verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.account_settings import StorageLens
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, Tags, tags_from_document, tags_to_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.pages import list_page, of_account
from fakes3mp.operations.registry import Answer, Caller, operation

DEFAULT_ID = "default-account-dashboard"  # which cannot be deleted
_ID = re.compile(r"[a-zA-Z0-9\-_]{1,64}")
_ACTIVITY = ("AdvancedCostOptimizationMetrics", "AdvancedDataProtectionMetrics", "DetailedStatusCodesMetrics")
_MAX_NAMES = 50  # buckets or regions of a container

Document = Mapping[str, Any]


@operation("s3control.PutStorageLensConfiguration")
def put_storage_lens_configuration(
    store: Store,
    *,
    account_id: str,
    config_id: str,
    storage_lens_configuration: Document,
    tags: list[Mapping[str, str]] | None = None,
    caller: Caller,
) -> Answer:
    """Create or replace a configuration."""
    if not _ID.fullmatch(config_id) or storage_lens_configuration["Id"] != config_id:
        raise S3Error("InvalidConfigId")
    _check_containers(storage_lens_configuration)
    _check_metrics(storage_lens_configuration)
    _check_exports(storage_lens_configuration)
    earlier = store.control.storage_lenses.get((account_id, config_id))
    kept = () if earlier is None else earlier.tags
    checked = kept if tags is None else tags_from_document(tags, NEW_BUCKET_TAGS)

    region = caller.region or store.region
    arn = f"arn:aws:s3:{region}:{account_id}:storage-lens/{config_id}"
    _save(store, account_id, config_id, StorageLens(arn, region, dict(storage_lens_configuration), checked))
    return {}


def _check_containers(configuration: Document) -> None:
    """What is included or excluded: one of the containers, with something in it."""
    if "Include" in configuration and "Exclude" in configuration:
        raise S3Error("InvalidIncludeExcludeContainers")
    for name in ("Include", "Exclude"):
        container = configuration.get(name)
        if container is None:
            continue
        buckets, regions = container.get("Buckets") or (), container.get("Regions") or ()
        if not buckets and not regions:
            raise S3Error(f"Empty{name}Container")
        if len(buckets) > _MAX_NAMES:
            raise S3Error("TooManyBuckets", "The buckets container cannot have more than 50 buckets.")
        if len(regions) > _MAX_NAMES:
            raise S3Error("TooManyRegions")


def _check_metrics(configuration: Document) -> None:
    """Activity metrics are enabled for the account and the buckets alike; prefixes have limits."""
    account, buckets = configuration["AccountLevel"], configuration["AccountLevel"]["BucketLevel"]
    for name in ("ActivityMetrics", *_ACTIVITY):
        of_account, of_buckets = (_is_enabled(level.get(name)) for level in (account, buckets))
        if of_account and not of_buckets:
            raise S3Error("MissingBucketLevelActivityMetrics")
        if of_buckets and not of_account:
            raise S3Error("MissingAccountLevelActivityMetrics")
    prefixes = buckets.get("PrefixLevel")
    if prefixes is None:
        return
    metrics = prefixes["StorageMetrics"]
    if not _is_enabled(metrics):
        raise S3Error("StorageMetricsMustEnabled")
    criteria = metrics.get("SelectionCriteria") or {}
    if not 1 <= criteria.get("MaxDepth", 1) <= 10:
        raise S3Error("InvalidMaximumPrefixDepth")
    if not 1 <= criteria.get("MinStorageBytesPercentage", 1) <= 100:
        raise S3Error("InvalidMinimumStorageBytesPercentage")


def _check_exports(configuration: Document) -> None:
    for name in ("DataExport", "ExpandedPrefixesDataExport"):
        destination = (configuration.get(name) or {}).get("S3BucketDestination")
        if destination is None:
            continue
        if not re.fullmatch(r"arn:[^:]+:s3:.*", destination["Arn"]):
            raise S3Error("InvalidDestination")
        encryption = destination.get("Encryption")
        if encryption is not None and len(encryption) != 1:
            raise S3Error("InvalidEncryptionMethod" if encryption else "MissingEncryptionMethod")


def _is_enabled(metrics: Document | None) -> bool:
    return bool((metrics or {}).get("IsEnabled"))


def _save(store: Store, account_id: str, config_id: str, lens: StorageLens) -> None:
    store.journal.set_item(store.control.storage_lenses, (account_id, config_id), lens)


def _find(store: Store, account_id: str, config_id: str) -> StorageLens:
    """The account's configuration of this id; raises NoSuchConfiguration."""
    lens = store.control.storage_lenses.get((account_id, config_id))
    if lens is None:
        raise S3Error("NoSuchConfiguration")
    return lens


@operation("s3control.GetStorageLensConfiguration")
def get_storage_lens_configuration(store: Store, *, account_id: str, config_id: str) -> Answer:
    """A configuration as it was put, with its ARN."""
    lens = _find(store, account_id, config_id)
    return {"StorageLensConfiguration": {**lens.document, "StorageLensArn": lens.arn}}


@operation("s3control.ListStorageLensConfigurations")
def list_storage_lens_configurations(store: Store, *, account_id: str, next_token: str | None = None) -> Answer:
    """The account's configurations by id."""
    lenses = of_account(store.control.storage_lenses, account_id)
    return list_page("StorageLensConfigurationList", lenses, _entry, next_token)


def _entry(lens: StorageLens) -> Answer:
    return {
        "Id": lens.document["Id"],
        "StorageLensArn": lens.arn,
        "HomeRegion": lens.region,
        "IsEnabled": bool(lens.document["IsEnabled"]),
    }


@operation("s3control.DeleteStorageLensConfiguration")
def delete_storage_lens_configuration(store: Store, *, account_id: str, config_id: str) -> Answer:
    """Delete a configuration; not the default one."""
    if config_id == DEFAULT_ID:
        raise S3Error("DefaultConfigurationDeleteForbidden")
    _find(store, account_id, config_id)

    store.journal.remove_item(store.control.storage_lenses, (account_id, config_id))
    return {}


@operation("s3control.PutStorageLensConfigurationTagging")
def put_storage_lens_configuration_tagging(
    store: Store, *, account_id: str, config_id: str, tags: list[Mapping[str, str]]
) -> Answer:
    """Replace a configuration's tags."""
    return _set_tags(store, account_id, config_id, tags_from_document(tags, NEW_BUCKET_TAGS))


@operation("s3control.GetStorageLensConfigurationTagging")
def get_storage_lens_configuration_tagging(store: Store, *, account_id: str, config_id: str) -> Answer:
    """A configuration's tags."""
    return {"Tags": tags_to_document(_find(store, account_id, config_id).tags)}


@operation("s3control.DeleteStorageLensConfigurationTagging")
def delete_storage_lens_configuration_tagging(store: Store, *, account_id: str, config_id: str) -> Answer:
    """Remove a configuration's tags."""
    return _set_tags(store, account_id, config_id, ())


def _set_tags(store: Store, account_id: str, config_id: str, tags: Tags) -> Answer:
    lens = _find(store, account_id, config_id)
    _save(store, account_id, config_id, replace(lens, tags=tags))
    return {}
