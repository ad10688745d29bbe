"""RenameObject: another key for an object of a directory bucket, without another copy of its bytes (O346)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import asdict

from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.objects import S3Object, validate_key
from fakes3mp.core.renames import remember_rename, rename
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, precondition_failed
from fakes3mp.operations.conditions import etag_matches
from fakes3mp.operations.registry import Answer, operation

_MAX_TOKEN = 64  # characters


class RenameConditions(Struct, frozen=True):
    """The conditions of a rename: of the object at the new name, and of the object to rename."""

    destination_if_match: str | None = None
    destination_if_none_match: str | None = None
    destination_if_modified_since: datetime | None = None
    destination_if_unmodified_since: datetime | None = None
    source_if_match: str | None = None
    source_if_none_match: str | None = None
    source_if_modified_since: datetime | None = None
    source_if_unmodified_since: datetime | None = None

    def check(self, source: S3Object, destination: S3Object | None) -> None:
        """Raise PreconditionFailed for the first that does not hold; it names the header."""
        values = asdict(self)
        for end, version, header in (
            ("destination", destination, ""),
            ("source", source, "x-amz-rename-source-"),
        ):
            for name, holds in _CONDITIONS.items():
                value = values[f"{end}_{name.lower().replace('-', '_')}"]
                if value is not None and not holds(value, version):
                    raise precondition_failed(header + (name.lower() if header else name))


def _modified_since(since: datetime, version: S3Object | None) -> bool:
    return version is not None and version.modified > _in_utc(since)


def _in_utc(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


_CONDITIONS: dict[str, Callable[[Any, S3Object | None], bool]] = {
    "If-Match": lambda etag, version: version is not None and etag_matches(etag, version),
    "If-None-Match": lambda etag, version: version is None or not etag_matches(etag, version),
    "If-Modified-Since": _modified_since,
    "If-Unmodified-Since": lambda since, version: version is not None and not _modified_since(since, version),
}


@operation("RenameObject")
def rename_object(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    rename_source: str,
    conditions: RenameConditions,
    client_token: str | None = None,
) -> Answer:
    """Give an object another key; everything else of it stays, its date too. It replaces an object that has that key."""
    if not is_directory(bucket.name):  # wording not verified
        raise S3Error("NotImplemented", "RenameObject is only supported in directory buckets.")
    source_key = unquote(rename_source).removeprefix("/")
    request = repr((bucket.name, key, source_key, conditions))
    if client_token is not None and _was_done(store, client_token, request):
        return {}
    for name in (validate_key(key), source_key):
        if name.endswith("/"):  # wording not verified
            raise S3Error("InvalidRequest", "RenameObject does not support keys that end with a slash.")
    source = bucket.current(source_key)
    conditions.check(source, bucket.objects.get(key))

    rename(store, bucket, source, key)
    if client_token is not None:
        remember_rename(store, client_token, request)
    return {}


def _was_done(store: Store, token: str, request: str) -> bool:
    """Whether this request was carried out before; IdempotencyParameterMismatch if another was, with its token."""
    if len(token) > _MAX_TOKEN or not all("!" <= character <= "~" for character in token):  # wording not verified
        raise invalid_argument("The client token is not valid.", "x-amz-client-token", token)
    earlier = store.rename_tokens.get(token)
    if earlier not in (None, request):
        raise S3Error("IdempotencyParameterMismatch")
    return earlier is not None
