"""Object Lock: retention and legal hold of a version, and which changes they forbid."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error

RETENTION_MODES = ("GOVERNANCE", "COMPLIANCE")
LONGEST_PERIODS = {"Days": 36_500, "Years": 100}
_PROTECTED = "Access Denied because object protected by object lock."


_LATEST = datetime(9999, 12, 31, tzinfo=timezone.utc)


class Period(Value, frozen=True):
    """How long a retention lasts: so many days or years."""

    unit: str  # "Days" or "Years"
    number: int

    def after(self, start: datetime) -> datetime:
        """The end of the period, no later than the last date there is."""
        days = self.number if self.unit == "Days" else 365 * self.number
        return start + min(timedelta(days=days), _LATEST - start)


class Lock(Value, frozen=True):
    """The lock of a version: retention mode, the date until which it is retained, legal hold (``ON``, ``OFF``, None).

    An event hold retains the version until it is released, and from then on for its period (O349). A retention ends at its
    instant: the present time is compared with it exactly, not in whole seconds (O270).
    """

    mode: str | None = None
    until: datetime | None = None
    legal_hold: str | None = None
    event_hold: str | None = None  # "ON", or "OFF" once it was released
    event_hold_period: Period | None = None

    def check_delete(self, now: datetime, *, bypass: bool) -> None:
        """Raise AccessDenied if the lock forbids deleting the version (S3's manual; the wording is users' reports)."""
        if self.legal_hold == "ON":
            raise S3Error("AccessDenied", _PROTECTED)
        self.check_retention(now, bypass=bypass)

    def check_retention(self, now: datetime, *, bypass: bool) -> None:
        """Raise AccessDenied while the version is retained; ``bypass`` overrides governance mode, not compliance."""
        if self._is_retained(now) and not (bypass and self.mode == "GOVERNANCE"):
            raise S3Error("AccessDenied", _PROTECTED)

    def _is_retained(self, now: datetime) -> bool:
        return self.event_hold == "ON" or (self.until is not None and self.until > now)

    def with_retention(self, mode: str | None, until: datetime | None, now: datetime, *, bypass: bool) -> Lock:
        """The lock with another retention.

        A retention can be made longer. An earlier date, or another mode, is refused as a deletion would be (O220).
        """
        is_extended = mode == self.mode and until is not None and self.until is not None and until >= self.until
        if not is_extended:
            self.check_retention(now, bypass=bypass)
        return replace(self, mode=mode, until=until, event_hold=None, event_hold_period=None)

    def with_event_hold(self, mode: str | None, period: Period, now: datetime, *, bypass: bool) -> Lock:
        """The lock under an event hold.

        Another mode, or a shorter period than it has, is refused as a deletion would be.
        """
        is_same_mode = mode in (None, self.mode)
        held = self.event_hold_period
        if not is_same_mode or (held is not None and period.after(now) < held.after(now)):
            self.check_retention(now, bypass=bypass)
        return replace(self, mode=mode or self.mode, event_hold="ON", event_hold_period=period)

    def released(self, now: datetime) -> Lock:
        """The lock once its event hold is released: retained for the hold's period from now on."""
        if self.event_hold != "ON" or self.event_hold_period is None:
            return self
        return replace(self, until=self.event_hold_period.after(now), event_hold="OFF", event_hold_period=None)


UNLOCKED = Lock()
