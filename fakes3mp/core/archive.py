"""Archived objects: where they are archived, how long a retrieval takes, and restores.

An object is archived by its storage class, or in INTELLIGENT_TIERING by its access tier. The carrying out of restores as
time passes is in ``restores``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fakes3mp.core.value import Value

ARCHIVE_CLASSES = ("GLACIER", "DEEP_ARCHIVE")
TIERING = "INTELLIGENT_TIERING"

# How long a retrieval takes at most (S3's manual, "Archive retrieval options"), by retrieval tier. Large objects take
# longer in S3.
_FLEXIBLE = {"Expedited": timedelta(minutes=5), "Standard": timedelta(hours=5), "Bulk": timedelta(hours=12)}
_DEEP = {"Standard": timedelta(hours=12), "Bulk": timedelta(hours=48)}
# Storage class, or access tier of INTELLIGENT_TIERING -> retrieval tier -> time.
RETRIEVAL_TIMES: Mapping[str, Mapping[str, timedelta]] = {
    "GLACIER": _FLEXIBLE,
    "ARCHIVE_ACCESS": _FLEXIBLE,
    "DEEP_ARCHIVE": _DEEP,
    "DEEP_ARCHIVE_ACCESS": _DEEP,
}


class Restoration(Value, frozen=True):
    """One restore of an archived object: in progress until ``done``, then a copy that can be read until ``expires``."""

    tier: str  # Standard, Bulk or Expedited
    days: int | None  # how long the copy lives; None in INTELLIGENT_TIERING, where the object itself moves
    done: datetime
    expires: datetime | None

    def is_ongoing(self, now: datetime) -> bool:
        """Whether the object is not restored yet."""
        return now < self.done

    def is_readable(self, now: datetime) -> bool:
        """Whether there is a copy to read."""
        return self.done <= now and (self.expires is None or now < self.expires)

    def copy_expires(self, now: datetime) -> datetime | None:
        """When the restored copy expires, if there is one now."""
        return self.expires if self.is_readable(now) else None
