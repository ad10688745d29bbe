"""Object Lock: retention and legal hold of a version, and what they forbid.

What may live here: the lock's value and its rules. Which of the recordings are lacking is said at each rule.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error

MODES = ("GOVERNANCE", "COMPLIANCE")
_PROTECTED = "Access Denied because object protected by object lock."


class Lock(Value, frozen=True):
    """What protects a version: a mode with a date, and a legal hold (``ON``, ``OFF`` or never set)."""

    mode: str | None = None
    until: datetime | None = None
    legal_hold: str | None = None

    def check_delete(self, now: datetime, *, bypass: bool) -> None:
        """A protected version cannot be deleted (S3's manual; the wording is users' reports)."""
        if self.legal_hold == "ON":
            raise S3Error("AccessDenied", _PROTECTED)
        self.check_retention(now, bypass=bypass)

    def _is_retained(self, now: datetime) -> bool:
        return self.until is not None and self.until > now

    def retained(self, mode: str | None, until: datetime | None, now: datetime, *, bypass: bool) -> Lock:
        """The lock with another retention: a stronger one is always allowed, else as deleting is (S3's manual)."""
        if self._is_retained(now) and self._is_stronger_than(mode, until):
            self.check_retention(now, bypass=bypass)
        return replace(self, mode=mode, until=until)

    def _is_stronger_than(self, mode: str | None, until: datetime | None) -> bool:
        shorter = until is None or (self.until is not None and until < self.until)
        return shorter or (self.mode == "COMPLIANCE" and mode != "COMPLIANCE")

    def check_retention(self, now: datetime, *, bypass: bool) -> None:
        """Governance can be bypassed, compliance cannot."""
        if self._is_retained(now) and not (bypass and self.mode == "GOVERNANCE"):
            raise S3Error("AccessDenied", _PROTECTED)


UNLOCKED = Lock()
