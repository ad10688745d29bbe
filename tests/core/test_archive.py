"""Restorations of archived objects: what holds at their very moments."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp.core.archive import RETRIEVAL_TIMES, Restoration

DONE = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
EXPIRES = datetime(2026, 1, 3, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "is_ongoing", "is_readable"),
    [
        (DONE - SECOND, True, False),
        (DONE, False, True),
        (EXPIRES - SECOND, False, True),
        (EXPIRES, False, False),
        (EXPIRES + SECOND, False, False),
    ],
)
def test_moments(now, is_ongoing, is_readable):
    """O362"""
    restoration = Restoration("Standard", 1, DONE, EXPIRES)
    assert (restoration.is_ongoing(now), restoration.is_readable(now)) == (is_ongoing, is_readable)
    assert restoration.copy_expires(now) == (EXPIRES if is_readable else None)


def test_a_restore_that_does_not_expire():
    """O364: in INTELLIGENT_TIERING the object itself moves."""
    restoration = Restoration("Bulk", None, DONE, None)
    assert restoration.is_readable(DONE + timedelta(days=10_000))
    assert restoration.copy_expires(DONE) is None


def test_only_flexible_archives_have_expedited_retrieval():
    """O364"""
    assert {name for name, times in RETRIEVAL_TIMES.items() if "Expedited" in times} == {"GLACIER", "ARCHIVE_ACCESS"}
