"""Tags: how they are written in a header or a document, and which S3 takes.

What may live here: pure functions from what was sent to tags, or to S3's refusal. Buckets and objects differ in a few
messages and limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument

Tags = tuple[tuple[str, str], ...]

_TEXT = re.compile(r"[\w\s.:/=+\-@]*")
_MAX_KEY, _MAX_VALUE = 128, 256  # characters


class Taggable(Struct, frozen=True):
    """What differs between kinds of tagged things."""

    most: int
    too_many: str
    system_prefix: str
    names_key: bool = True


# O91, O97; limits and the refusals of too many by S3's manual.
OBJECT = Taggable(10, "Object tags cannot be greater than 10", "Your TagKey cannot be prefixed with aws:")
NEW_BUCKET = Taggable(
    50,
    "Bucket tag count cannot be greater than 50",
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. '
    'Remove "aws:" from your tag keys and try again.',
    names_key=False,
)  # O92
BUCKET = Taggable(50, "Bucket tag count cannot be greater than 50", "System tags cannot be added/updated by requester")


def from_document(entries: Iterable[Mapping[str, str]], kind: Taggable) -> Tags:
    """The tags of a TagSet, in its order (O95)."""
    tags = tuple((entry["Key"], entry["Value"]) for entry in entries)
    _check(tags, kind)
    return tags


def from_header(header: str) -> Tags:
    """The tags of x-amz-tagging, a URL query string (O98, O99)."""
    pairs = parse_qsl(header, keep_blank_values=True)
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or any("," in text for pair in pairs for text in pair):
        raise invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
            "without tag name duplicates.",
            "x-amz-tagging",
            header,
        )
    _check(tuple(pairs), OBJECT)
    return tuple(pairs)


def _check(tags: Tags, kind: Taggable) -> None:
    seen: set[str] = set()
    for key, value in tags:
        if key in seen:
            raise _invalid("Cannot provide multiple Tags with the same key", key)  # O89
        seen.add(key)
        if key.startswith("aws:"):
            raise _invalid(kind.system_prefix, key) if kind.names_key else S3Error("InvalidTag", kind.system_prefix)
        if not key or len(key) > _MAX_KEY or not _TEXT.fullmatch(key):
            raise _invalid("The TagKey you have provided is invalid", key)  # O90
        if len(value) > _MAX_VALUE or not _TEXT.fullmatch(value):
            raise _invalid("The TagValue you have provided is invalid", key, value)  # O90
    if len(tags) > kind.most:
        raise S3Error("BadRequest", kind.too_many)


def _invalid(message: str, key: str, value: str | None = None) -> S3Error:
    fields = {"TagKey": key} if value is None else {"TagKey": key, "TagValue": value}
    return S3Error("InvalidTag", message, fields)


def as_document(tags: Tags) -> list[dict[str, str]]:
    """Tags as a TagSet."""
    return [{"Key": key, "Value": value} for key, value in tags]
