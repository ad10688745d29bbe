"""Object Lock parameters of a write: retention, legal hold and event hold, and the bucket's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.object_lock import LONGEST_PERIODS, RETENTION_MODES, UNLOCKED, Lock, Period
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import OBJECT_LOCK

_EVENT_HOLD_HEADER = "x-amz-object-lock-event-hold"


class LockRequest(Struct, frozen=True):
    """Retention, legal hold and event hold requested with a write."""

    object_lock_mode: str | None = None
    object_lock_retain_until_date: datetime | None = None
    object_lock_legal_hold_status: str | None = None
    object_lock_event_hold: str | None = None
    object_lock_event_hold_duration_days: int | None = None
    object_lock_event_hold_duration_years: int | None = None

    def lock(self, store: Store, bucket: Bucket) -> Lock:
        """The object's lock: as requested, else the bucket's default (F14; the rest by S3's manual and reports)."""
        if self == _NO_LOCK_REQUESTED:
            return default_lock(bucket, store.now())
        self._check_both_or_neither()
        check_lock_mode(self.object_lock_mode)
        if not bucket.lock_enabled:
            raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
        check_legal_hold(self.object_lock_legal_hold_status)
        date = self.object_lock_retain_until_date
        until = None if date is None else validate_retain_until(date, store.exact_time())
        period = self._event_hold_period()
        if period is not None:
            return Lock(self.object_lock_mode, until, self.object_lock_legal_hold_status, "ON", period)
        retention = default_lock(bucket, store.now()) if until is None else Lock(self.object_lock_mode, until)
        return replace(retention, legal_hold=self.object_lock_legal_hold_status)

    def _event_hold_period(self) -> Period | None:
        """For how long the object is retained after its event hold; None without one (O349)."""
        durations = {
            "Days": self.object_lock_event_hold_duration_days,
            "Years": self.object_lock_event_hold_duration_years,
        }
        sent = {unit: number for unit, number in durations.items() if number is not None}
        if self.object_lock_event_hold not in (None, "ON", "OFF"):
            message = "Event Hold must be either of 'ON' or 'OFF'"
            raise invalid_argument(message, _EVENT_HOLD_HEADER, self.object_lock_event_hold)
        if self.object_lock_event_hold == "ON":
            return event_hold_period(sent, f"{_EVENT_HOLD_HEADER}-duration")
        if sent:
            message = "An event hold duration can only be specified with an event hold."
            raise invalid_argument(message, _EVENT_HOLD_HEADER)
        return None

    def _check_both_or_neither(self) -> None:
        """Raise InvalidArgument for a mode without a date, whatever the mode is, or a date without a mode (O257).

        With an event hold, the mode stands for itself (assumed).
        """
        date = self.object_lock_retain_until_date
        if self.object_lock_event_hold == "ON" and self.object_lock_mode is not None:
            return
        if (date is None) != (self.object_lock_mode is None):
            missing = _RETAIN_UNTIL_HEADER if date is None else "x-amz-object-lock-mode"
            message = f"{_RETAIN_UNTIL_HEADER} and x-amz-object-lock-mode must both be supplied"
            raise invalid_argument(message, missing)


_NO_LOCK_REQUESTED = LockRequest()
_RETAIN_UNTIL_HEADER = "x-amz-object-lock-retain-until-date"


def check_lock_mode(mode: str | None) -> None:
    """Raise InvalidArgument for a mode that is neither GOVERNANCE nor COMPLIANCE (F14)."""
    if mode not in (None, *RETENTION_MODES):
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)


def check_legal_hold(status: str | None) -> None:
    """Raise InvalidArgument for a legal hold that is neither ON nor OFF (users' reports)."""
    if status not in (None, "ON", "OFF"):
        message = "Legal Hold must be either of 'ON' or 'OFF'"
        raise invalid_argument(message, "x-amz-object-lock-legal-hold", status)


def validate_retain_until(date: datetime, now: datetime, *, in_document: bool = False) -> datetime:
    """The date in UTC; InvalidArgument if it is not in the future (O257 for documents, users' reports for the header)."""
    name = "RetainUntilDate" if in_document else _RETAIN_UNTIL_HEADER
    try:
        until = (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except OverflowError:
        raise invalid_argument("The retain until date is out of range", name) from None  # not verified
    if until <= now:
        zone = _pacific_time() if in_document else timezone.utc
        raise invalid_argument("The retain until date must be in the future!", name, _repeated_date(until, zone))
    return until


def _repeated_date(date: datetime, zone: tzinfo) -> str:
    """A date as an error repeats it: ``Tue Dec 31 16:00:00 PST 2019``."""
    try:
        local = date.astimezone(zone)
    except OverflowError:  # in the first hours of the year 1
        local = date
    weekday, month, day, time, year = local.ctime().split()
    return f"{weekday} {month} {day:0>2} {time} {local.tzname()} {year:0>4}"


def _pacific_time() -> tzinfo:
    """S3's own time zone (O257); without daylight saving time where the system has no time zones."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=-8), "PST")


def event_hold_period(durations: Mapping[str, int], name: str) -> Period:
    """The period of an event hold: days or years, one of them (S3's manual; wording not verified)."""
    if len(durations) != 1:
        raise invalid_argument("An event hold requires a duration in either days or years.", name)
    unit, number = next(iter(durations.items()))
    if not 1 <= number <= LONGEST_PERIODS[unit]:
        message = f"The event hold duration must be between 1 and {LONGEST_PERIODS[unit]} {unit.lower()}."
        raise invalid_argument(message, name, str(number))
    return Period(unit, number)


def default_lock(bucket: Bucket, now: datetime) -> Lock:
    """The bucket's default retention or event hold, for writes that request none."""
    retention: Mapping[str, Any] | None = (
        bucket.configurations.get(OBJECT_LOCK, {}).get("Rule", {}).get("DefaultRetention")
    )
    if not retention:
        return UNLOCKED
    hold = retention.get("DefaultEventHold")
    if hold:
        return Lock(retention["Mode"], event_hold="ON", event_hold_period=Period(*next(iter(hold.items()))))
    unit = "Days" if "Days" in retention else "Years"
    return Lock(retention["Mode"], Period(unit, retention[unit]).after(now))
