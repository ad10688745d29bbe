"""The archive tiers of INTELLIGENT_TIERING: objects that nobody has read for some time move there (O337)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fakes3mp.core.archive import TIERING
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import next_midnight, rule_matches
from fakes3mp.core.objects import S3Object
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store

TIERING_CONFIGURATION = "IntelligentTieringConfiguration"  # its name in Bucket.configurations
STEP = "intelligent tiering"
_SMALL = 128 * 1024  # bytes; smaller objects stay in the Frequent Access tier (S3's manual)
_TIERS = (None, "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS")  # in the order in which an object moves


def schedule_tiering(store: Store, bucket: Bucket) -> None:
    """Let objects move at the next midnight UTC, and at each one after it."""
    store.schedule((STEP, bucket.name), next_midnight(store.now() + timedelta(seconds=1)))


def remember_access(store: Store, bucket: Bucket, version: S3Object) -> None:
    """Let the days without access count anew, where they count."""
    if version.attributes.storage_class == TIERING and TIERING_CONFIGURATION in bucket.configurations:
        bucket.update_properties(version, accessed=store.now())


def take_step(store: Store, step: Step, at: datetime) -> None:
    """Move what is due, as long as a configuration of the bucket is enabled."""
    store.schedule(step, None)
    bucket = store.buckets.get(step[1])
    configurations = [] if bucket is None else _enabled(bucket)
    if bucket is None or not configurations:
        return
    store.schedule(step, at + timedelta(days=1))
    for version in [version for version in bucket.all_versions() if _is_monitored(version)]:
        assert isinstance(version, S3Object), "delete markers are not monitored"
        tier = _due_tier(configurations, version, at)
        if _TIERS.index(tier) > _TIERS.index(version.properties.access_tier):
            bucket.update_properties(version, access_tier=tier)
            store.notify("IntelligentTiering", bucket, version, at)


def _enabled(bucket: Bucket) -> list[Mapping[str, Any]]:
    configurations = bucket.configurations.get(TIERING_CONFIGURATION, {}).values()
    return [configuration for configuration in configurations if configuration["Status"] == "Enabled"]


def _is_monitored(version: object) -> bool:
    """Whether a version moves between tiers; one that is being restored does not."""
    return (
        isinstance(version, S3Object)
        and version.attributes.storage_class == TIERING
        and version.size >= _SMALL
        and version.properties.restoration is None
    )


def _due_tier(configurations: Sequence[Mapping[str, Any]], version: S3Object, at: datetime) -> str | None:
    """The deepest tier that the version's days without access entitle it to."""
    days = (at - (version.properties.accessed or version.modified)).days
    tiers = [
        tiering["AccessTier"]
        for configuration in configurations
        if rule_matches({**configuration, "Status": "Enabled"}, version.key, version.properties.tags, version.size)
        for tiering in configuration["Tierings"]
        if days >= tiering["Days"]
    ]
    return max(tiers, key=_TIERS.index, default=None)
