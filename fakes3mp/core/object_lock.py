"""Object Lock: retention and legal hold of a version, and which changes they forbid."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error

RETENTION_MODES = ("GOVERNANCE", "COMPLIANCE")
_PROTECTED = "Access Denied because object protected by object lock."


class Lock(Value, frozen=True):
    """The lock of a version: retention mode, the date until which it is retained, legal hold (``ON``, ``OFF``, None).

    Retention ends at its instant: the present time is compared with it exactly, not in whole seconds (O270).
    """

    mode: str | None = None
    until: datetime | None = None
    legal_hold: str | None = None

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
        return self.until is not None and self.until > now

    def with_retention(self, mode: str | None, until: datetime | None, now: datetime, *, bypass: bool) -> Lock:
        """The lock with another retention.

        A retention can be made longer. An earlier date, or another mode, is refused as a deletion would be (O220).
        """
        is_extended = mode == self.mode and until is not None and self.until is not None and until >= self.until
        if not is_extended:
            self.check_retention(now, bypass=bypass)
        return replace(self, mode=mode, until=until)


UNLOCKED = Lock()
