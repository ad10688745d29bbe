"""Restorations of archived objects: what holds at their very moments."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp.core.archive import RETRIEVAL_TIMES, Restoration
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, Properties, S3Object

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


RESTORED, RESTORING = Restoration("Standard", 1, DONE, EXPIRES), Restoration("Standard", 1, EXPIRES, None)


@pytest.mark.parametrize(
    ("storage_class", "tier", "restoration", "expected"),
    [
        ("STANDARD", None, None, True),
        ("GLACIER_IR", None, None, True),
        ("GLACIER", None, None, False),
        ("GLACIER", None, RESTORING, False),
        ("GLACIER", None, RESTORED, True),
        ("DEEP_ARCHIVE", None, None, False),
        ("INTELLIGENT_TIERING", None, None, True),
        ("INTELLIGENT_TIERING", "ARCHIVE_ACCESS", None, False),
        ("INTELLIGENT_TIERING", "ARCHIVE_ACCESS", RESTORED, True),
    ],
)
def test_which_objects_can_be_read(storage_class, tier, restoration, expected):
    """O226"""
    attributes = Attributes(storage_class=str(storage_class.encode(), "ascii"))  # as it is read from a request
    properties = Properties(attributes=attributes, access_tier=tier, restoration=restoration)
    version = S3Object("key", Content.of(b"x"), "etag", DONE, properties)
    assert version.is_readable(DONE) is expected


def test_a_restore_that_does_not_expire():
    """O364: in INTELLIGENT_TIERING the object itself moves."""
    restoration = Restoration("Bulk", None, DONE, None)
    assert restoration.is_readable(DONE + timedelta(days=10_000))
    assert restoration.copy_expires(DONE) is None


def test_only_flexible_archives_have_expedited_retrieval():
    """O364"""
    assert {name for name, times in RETRIEVAL_TIMES.items() if "Expedited" in times} == {"GLACIER", "ARCHIVE_ACCESS"}
