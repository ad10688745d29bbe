"""Presigned URLs: until when one is good.

What may live here: what the query of such a URL says of its own validity. Signatures are not recomputed yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from fakes3mp.errors import S3Error


@dataclass(frozen=True)
class Validity:
    """When a presigned URL runs out, and for how many seconds it was made where it says so (SigV4)."""

    until: datetime
    seconds: str | None = None

    def check(self, now: datetime) -> None:
        """Refuse what has run out (O141)."""
        if now > self.until:
            lifetime = {} if self.seconds is None else {"X-Amz-Expires": self.seconds}
            fields = {**lifetime, "Expires": _stamp(self.until), "ServerTime": _stamp(now)}
            raise S3Error("AccessDenied", "Request has expired", fields)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def validity(query: Mapping[str, str]) -> Validity | None:
    """What a query says, in either signature's words; None for what is no presigned URL or cannot be read."""
    try:
        if "X-Amz-Signature" in query:
            signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            seconds = query["X-Amz-Expires"]
            return Validity(signed + timedelta(seconds=int(seconds)), seconds)
        if "Signature" in query:
            return Validity(datetime.fromtimestamp(int(query["Expires"]), timezone.utc))
    except (KeyError, ValueError, OverflowError):
        return None
    return None
