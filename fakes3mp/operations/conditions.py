"""Conditions on reads: If-Match and its family on GET, HEAD and the source of a copy, in the order in which S3 checks them.

Conditions on writes are in core.objects.
"""

from __future__ import annotations

from datetime import datetime, timezone

from msgspec import Struct

from fakes3mp.core.objects import S3Object, unquote_etag
from fakes3mp.errors import S3Error, precondition_failed


class ReadConditions(Struct, frozen=True):
    """The conditions of GetObject and HeadObject, in the order of RFC 7232 (S3's manual; not recorded)."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None

    def check(self, version: S3Object) -> None:
        """Raise PreconditionFailed (412) or NotModified (304) where a condition does not hold."""
        if self.if_match is not None:
            if not etag_matches(self.if_match, version):
                raise precondition_failed("If-Match")
        elif self.if_unmodified_since is not None and version.modified > _in_utc(self.if_unmodified_since):
            raise precondition_failed("If-Unmodified-Since")
        if self.if_none_match is not None:
            if etag_matches(self.if_none_match, version):
                raise _not_modified(version)
        elif self.if_modified_since is not None and version.modified <= _in_utc(self.if_modified_since):
            raise _not_modified(version)


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
        return self.copy_source_if_match is None or etag_matches(self.copy_source_if_match, source)

    def _if_unmodified_since(self, source: S3Object) -> bool:
        """Not checked when If-Match holds (F38)."""
        since = self.copy_source_if_unmodified_since
        return since is None or self.copy_source_if_match is not None or source.modified <= _in_utc(since)

    def _if_none_match(self, source: S3Object) -> bool:
        return self.copy_source_if_none_match is None or not etag_matches(self.copy_source_if_none_match, source)

    def _if_modified_since(self, source: S3Object, now: datetime) -> bool:
        """A date in the future is ignored (F40)."""
        since = self.copy_source_if_modified_since
        return since is None or _in_utc(since) > now or source.modified > _in_utc(since)


def etag_matches(condition: str, version: S3Object) -> bool:
    """Whether a list of ETags, quoted or not, or ``*``, matches this object's ETag (F41, O54)."""
    return any(tag.strip() == "*" or unquote_etag(tag.strip()) == version.etag for tag in condition.split(","))


def _in_utc(date: datetime) -> datetime:
    """HTTP dates carry no zone of their own; they are UTC."""
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _not_modified(version: S3Object) -> S3Error:
    return S3Error("NotModified", headers={"ETag": f'"{version.etag}"'})
