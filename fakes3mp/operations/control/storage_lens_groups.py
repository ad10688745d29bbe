"""Groups of Storage Lens: filters of objects that S3 keeps.

The refusals are those of S3's manual, "S3 Storage Lens groups operations"; their wordings are not verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.account_settings import StorageLensGroup
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, tags_from_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.pages import list_page, of_account
from fakes3mp.operations.registry import Answer, Caller, operation

_NAME = re.compile(r"[a-zA-Z0-9\-_]{1,64}")
_MAX_GROUPS = 50
_MAX_ELEMENTS = 10  # prefixes, suffixes or tags
_MAX_TEXT = 1024  # characters of a prefix or suffix
_MAX_SIZE = 50 << 40  # bytes
_OPERATORS = ("And", "Or")
# Element of a filter -> the names of its two limits, the code of an empty one, and of a number out of range.
_RANGES = {
    "MatchObjectAge": ("DaysGreaterThan", "DaysLessThan", "InvalidMatchObjectAge", "InvalidAge", 1 << 31),
    "MatchObjectSize": ("BytesGreaterThan", "BytesLessThan", "InvalidMatchObjectSize", "InvalidSize", _MAX_SIZE + 1),
}
_LISTS = {
    "MatchAnyPrefix": ("InvalidMatchAnyPrefix", "InvalidPrefix"),
    "MatchAnySuffix": ("InvalidMatchAnySuffix", "InvalidSuffix"),
    "MatchAnyTag": ("InvalidMatchAnyTag", "InvalidTag"),
}

Document = Mapping[str, Any]


@operation("s3control.CreateStorageLensGroup")
def create_storage_lens_group(
    store: Store,
    *,
    account_id: str,
    storage_lens_group: Document,
    tags: list[Mapping[str, str]] | None = None,
    caller: Caller,
) -> Answer:
    """Create a group."""
    name, groups = storage_lens_group["Name"], store.control.storage_lens_groups
    if not _NAME.fullmatch(name):
        raise S3Error("InvalidName")
    _check_filter(storage_lens_group["Filter"])
    checked = tags_from_document(tags or (), NEW_BUCKET_TAGS)
    if (account_id, name) in groups:
        raise S3Error("ConfigurationAlreadyExists")
    if len(of_account(groups, account_id)) >= _MAX_GROUPS:
        raise S3Error("TooManyConfigurations")

    region = caller.region or store.region
    arn = f"arn:aws:s3:{region}:{account_id}:storage-lens-group/{name}"
    store.journal.set_item(
        groups, (account_id, name), StorageLensGroup(arn, region, storage_lens_group["Filter"], checked)
    )
    return {}


def _check_filter(document: Document) -> None:
    """One element, or an operator with at least two."""
    operator = next((name for name in _OPERATORS if name in document), None)
    if operator is None:
        if len(document) != 1:
            raise S3Error("InvalidFilter")
        elements = document
    else:
        elements = document[operator] or {}
        if len(document) != 1:
            raise S3Error("InvalidFilter")
        if len(elements) < 2:
            raise S3Error("InvalidLogicalOperator")
    for name, value in elements.items():
        if name in _LISTS:
            _check_list(name, value)
        else:
            _check_range(name, value)


def _check_list(name: str, items: list[Any]) -> None:
    empty_code, item_code = _LISTS[name]
    if not items:
        raise S3Error(empty_code)
    if len(items) > _MAX_ELEMENTS:
        raise S3Error("TooManyElements")
    if any(item in items[:place] for place, item in enumerate(items)):
        raise S3Error("DuplicateElement")
    if name == "MatchAnyTag":
        for tag in items:  # one at a time: a filter may have two tags with the same key
            tags_from_document([tag], NEW_BUCKET_TAGS)
    elif not all(1 <= len(item) <= _MAX_TEXT for item in items):
        raise S3Error(item_code)


def _check_range(name: str, limits: Document) -> None:
    lower, upper, empty_code, range_code, end = _RANGES[name]
    if not limits:
        raise S3Error(empty_code)
    if not all(0 < limits.get(limit, 1) < end for limit in (lower, upper)):
        raise S3Error(range_code)
    if lower in limits and upper in limits and limits[lower] >= limits[upper]:
        raise S3Error("InvalidNumericCombination")


def find_group(store: Store, account_id: str, name: str) -> StorageLensGroup:
    """The account's group of this name; raises NoSuchConfiguration."""
    group = store.control.storage_lens_groups.get((account_id, name))
    if group is None:
        raise S3Error("NoSuchConfiguration")
    return group


@operation("s3control.GetStorageLensGroup")
def get_storage_lens_group(store: Store, *, account_id: str, name: str) -> Answer:
    """A group's filter and ARN."""
    group = find_group(store, account_id, name)
    return {"StorageLensGroup": {"Name": name, "Filter": group.filter, "StorageLensGroupArn": group.arn}}


@operation("s3control.ListStorageLensGroups")
def list_storage_lens_groups(store: Store, *, account_id: str, next_token: str | None = None) -> Answer:
    """The account's groups by name."""
    groups = of_account(store.control.storage_lens_groups, account_id)
    return list_page("StorageLensGroupList", groups, _entry, next_token)


def _entry(group: StorageLensGroup) -> Answer:
    return {"Name": group.arn.rpartition("/")[2], "StorageLensGroupArn": group.arn, "HomeRegion": group.region}


@operation("s3control.UpdateStorageLensGroup")
def update_storage_lens_group(store: Store, *, account_id: str, name: str, storage_lens_group: Document) -> Answer:
    """Replace a group's filter; its name cannot be changed."""
    group = find_group(store, account_id, name)
    if storage_lens_group["Name"] != name:
        raise S3Error("MismatchedName")
    _check_filter(storage_lens_group["Filter"])

    changed = replace(group, filter=storage_lens_group["Filter"])
    store.journal.set_item(store.control.storage_lens_groups, (account_id, name), changed)
    return {}


@operation("s3control.DeleteStorageLensGroup")
def delete_storage_lens_group(store: Store, *, account_id: str, name: str) -> Answer:
    """Delete a group."""
    find_group(store, account_id, name)

    store.journal.remove_item(store.control.storage_lens_groups, (account_id, name))
    return {}
