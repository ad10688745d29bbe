"""Parameter groups of reading conditions: If-Match and its family on GET, HEAD and the source of a copy.

What may live here: the groups and the order in which S3 judges them. Conditions on writes are the core's.
"""

from __future__ import annotations

from datetime import datetime, timezone

from msgspec import Struct

from fakes3mp.core.objects import S3Object, unquoted
from fakes3mp.errors import S3Error, precondition_failed


class ReadConditions(Struct, frozen=True):
    """The conditions of GetObject and HeadObject, judged as RFC 7232 orders them (S3's manual; not recorded)."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None

    def check(self, found: S3Object) -> None:
        """Raise PreconditionFailed (412) or NotModified (304) where a condition does not hold."""
        if self.if_match is not None:
            if not matches(self.if_match, found):
                raise precondition_failed("If-Match")
        elif self.if_unmodified_since is not None and found.modified > _utc(self.if_unmodified_since):
            raise precondition_failed("If-Unmodified-Since")
        if self.if_none_match is not None:
            if matches(self.if_none_match, found):
                raise _not_modified(found)
        elif self.if_modified_since is not None and found.modified <= _utc(self.if_modified_since):
            raise _not_modified(found)


class SourceConditions(Struct, frozen=True):
    """The conditions on the source of CopyObject and UploadPartCopy (F37-F41, O52-O56)."""

    copy_source_if_match: str | None = None
    copy_source_if_none_match: str | None = None
    copy_source_if_modified_since: datetime | None = None
    copy_source_if_unmodified_since: datetime | None = None

    def check(self, source: S3Object, now: datetime) -> None:
        """Raise PreconditionFailed for the first that does not hold, in S3's order (O52)."""
        for name, holds in (
            ("If-Match", self._if_match(source)),
            ("If-Unmodified-Since", self._if_unmodified_since(source)),
            ("If-None-Match", self._if_none_match(source)),
            ("If-Modified-Since", self._if_modified_since(source, now)),
        ):
            if not holds:
                raise precondition_failed(f"x-amz-copy-source-{name}")

    def _if_match(self, source: S3Object) -> bool:
        return self.copy_source_if_match is None or matches(self.copy_source_if_match, source)

    def _if_unmodified_since(self, source: S3Object) -> bool:
        """Not asked when If-Match holds (F38)."""
        since = self.copy_source_if_unmodified_since
        return since is None or self.copy_source_if_match is not None or source.modified <= _utc(since)

    def _if_none_match(self, source: S3Object) -> bool:
        return self.copy_source_if_none_match is None or not matches(self.copy_source_if_none_match, source)

    def _if_modified_since(self, source: S3Object, now: datetime) -> bool:
        """A date in the future is ignored (F40)."""
        since = self.copy_source_if_modified_since
        return since is None or _utc(since) > now or source.modified > _utc(since)


def matches(condition: str, found: S3Object) -> bool:
    """Whether a list of ETags, quoted or not, or ``*``, names this object (F41, O54)."""
    return any(tag.strip() == "*" or unquoted(tag.strip()) == found.etag for tag in condition.split(","))


def _utc(moment: datetime) -> datetime:
    """HTTP dates carry no zone of their own; they are UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _not_modified(found: S3Object) -> S3Error:
    return S3Error("NotModified", headers={"ETag": f'"{found.etag}"'})
