"""What S3 tells the world of a change: the facts behind an event notification.

What may live here: the value that the store hands to whoever listens. Who is told, and in which words, is not decided here.
"""

from __future__ import annotations

from datetime import datetime

from fakes3mp.core.value import Value


class Change(Value, frozen=True):
    """One thing that happened to a key; ``event`` is S3's name of it without ``s3:`` (``ObjectCreated:Put``)."""

    event: str
    bucket: str
    key: str
    at: datetime
    sequence: int
    size: int | None = None  # bytes; None where no object is left to speak of
    etag: str | None = None  # unquoted
    version_id: str | None = None  # None in a bucket that was never versioned
