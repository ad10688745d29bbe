"""RestoreObject: make an archived object readable for some days (O226).

The operation checks the request, then changes the state, then builds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.archive import RETRIEVAL_TIMES, TIERING, Restoration
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import after_days
from fakes3mp.core.objects import S3Object
from fakes3mp.core.restores import set_restoration
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, operation

_DEFAULT_TIER = "Standard"
_SELECT_MEMBERS = frozenset(("Type", "Tier", "Description", "SelectParameters", "OutputLocation"))


@operation("RestoreObject")
def restore_object(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    version_id: str | None = None,
    restore_request: Mapping[str, Any] | None = None,
) -> Answer:
    """Begin a restore (202), speed one up that is in progress (202), or renew a restored copy (200)."""
    version = get_version(bucket, key, version_id, method="POST")
    archive = _archive_of(version)
    days, tier = _read_request(version, restore_request)
    takes = _retrieval_time(archive, tier)
    now, earlier = store.now(), version.properties.restoration
    is_restored = earlier is not None and earlier.is_readable(now)

    if earlier is not None and earlier.is_ongoing(now):
        restoration = _speed_up(archive, earlier, Restoration(tier, days, now + takes, earlier.expires))
    else:
        expires = None if days is None else after_days(now, days)  # O362
        restoration = Restoration(tier, days, now if is_restored else now + takes, expires)
    set_restoration(store, bucket, version, restoration)
    if not is_restored:
        store.notify("ObjectRestore:Post", bucket, version)

    return {"ResponseMetadata": {"HTTPStatusCode": 200 if is_restored else 202}}


def _archive_of(version: S3Object) -> str:
    """The archive that the object is in; InvalidObjectState if it is in none (wording by users' reports)."""
    if version.archive is None:
        fields = {"StorageClass": version.attributes.storage_class or "STANDARD"}
        raise S3Error("InvalidObjectState", "Restore is not allowed for the object's current storage class", fields)
    return version.archive


def _read_request(version: S3Object, request: Mapping[str, Any] | None) -> tuple[int | None, str]:
    """How many days the copy is to live, and the retrieval tier (O360, O361)."""
    if request is None:
        raise S3Error("MissingRequestBodyError")
    if request.get("Type") == "SELECT":
        raise S3Error("NotImplemented", "fakes3mp does not implement restores of type SELECT.")
    if request.keys() & _SELECT_MEMBERS - {"Description"}:
        raise S3Error("MalformedXML")
    days, tier = request.get("Days"), request.get("GlacierJobParameters", {}).get("Tier", _DEFAULT_TIER)
    if version.attributes.storage_class == TIERING:
        if days is not None:
            message = (
                "INTELLIGENT_TIERING objects are not subject to restore expiry. "
                "Do not specify Days when restoring this object"
            )
            raise S3Error("InvalidArgument", message)
    elif days is None:
        raise S3Error("MalformedXML")
    elif days < 1:
        raise invalid_argument("Days must be a positive integer", "Days", str(days))  # wording not verified
    return days, str(tier)


def _retrieval_time(archive: str, tier: str) -> timedelta:
    """How long the retrieval takes; Expedited is not there for deep archives (S3's manual; wording not verified)."""
    times = RETRIEVAL_TIMES[archive]
    if tier not in times:
        raise invalid_argument("Retrieval option is not supported by this storage class", "Tier", tier)
    return times[tier]


def _speed_up(archive: str, earlier: Restoration, faster: Restoration) -> Restoration:
    """A restore in progress can only be made faster, and nothing else of it can be changed (O363)."""
    times = RETRIEVAL_TIMES[archive]
    if faster.days != earlier.days or times[faster.tier] >= times[earlier.tier]:
        raise S3Error("RestoreAlreadyInProgress")
    return replace(faster, done=min(faster.done, earlier.done))
