"""Locks by themselves: event holds beside each other (O349). What requests make of them is in tests/operations."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp.core.object_lock import UNLOCKED, Lock, Period
from fakes3mp.errors import S3Error

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
MONTH = Period("Days", 30)


def held(mode="GOVERNANCE", period=MONTH):
    return UNLOCKED.with_event_hold(mode, period, NOW, bypass=False)


@pytest.mark.parametrize("mode", [None, "GOVERNANCE"])
@pytest.mark.parametrize("period", [MONTH, Period("Days", 31), Period("Years", 1)])
def test_a_period_as_long_or_longer(mode, period):
    assert held().with_event_hold(mode, period, NOW, bypass=False) == Lock(
        "GOVERNANCE", event_hold="ON", event_hold_period=period
    )


@pytest.mark.parametrize(
    ("mode", "period"), [(None, Period("Days", 29)), ("GOVERNANCE", Period("Days", 1)), ("COMPLIANCE", MONTH)]
)
def test_a_shorter_period_or_another_mode(mode, period):
    with pytest.raises(S3Error, match="AccessDenied"):
        held().with_event_hold(mode, period, NOW, bypass=False)
    assert held().with_event_hold(mode, period, NOW, bypass=True).event_hold_period == period
    with pytest.raises(S3Error, match="AccessDenied"):
        held("COMPLIANCE").with_event_hold("GOVERNANCE", period, NOW, bypass=True)


def test_a_hold_is_released_once():
    released = held().released(NOW)
    assert released == Lock("GOVERNANCE", NOW + timedelta(days=30), event_hold="OFF")
    later = NOW + timedelta(days=5)
    assert released.released(later) == released
    retained = Lock("GOVERNANCE", NOW + timedelta(days=1))
    assert retained.released(later) == retained
    assert UNLOCKED.released(later) == UNLOCKED
