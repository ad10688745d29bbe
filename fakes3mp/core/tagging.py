"""Tags: reading them from a header or a TagSet, and their validation.

Objects and buckets have different limits and error messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument

Tags = tuple[tuple[str, str], ...]

_TEXT = re.compile(r"[\w\s.:/=+\-@]*")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MAX_KEY, _MAX_VALUE = 128, 256  # characters


class TagRules(Struct, frozen=True):
    """What differs between objects and buckets."""

    max_tags: int
    too_many_message: str
    system_tag_message: str
    names_key: bool = True  # whether the error for a system tag has the field TagKey


# O91, O97; the limits and the messages for too many tags are from S3's manual.
OBJECT_TAGS = TagRules(10, "Object tags cannot be greater than 10", "Your TagKey cannot be prefixed with aws:")
NEW_BUCKET_TAGS = TagRules(
    50,
    "Bucket tag count cannot be greater than 50",
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. '
    'Remove "aws:" from your tag keys and try again.',
    names_key=False,
)  # O92
BUCKET_TAGS = TagRules(
    50, "Bucket tag count cannot be greater than 50", "System tags cannot be added/updated by requester"
)


def tags_from_document(entries: Iterable[Mapping[str, str]], rules: TagRules) -> Tags:
    """The tags of a TagSet in their order (O95)."""
    tags = tuple((entry["Key"], entry["Value"]) for entry in entries)
    _check_tags(tags, rules)
    return tags


def tags_from_header(header: str) -> Tags:
    """The tags of x-amz-tagging, a URL query string (O98, O99, O222)."""
    try:
        pairs = parse_qsl(header, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        pairs = [("", "")]
    names = [name for name, _ in pairs]
    if (
        "" in names
        or len(set(names)) < len(names)
        or any("," in text for pair in pairs for text in pair)
        or _BAD_ESCAPE.search(header)
    ):
        raise invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
            "without tag name duplicates.",
            "x-amz-tagging",
            header,
        )
    _check_tags(tuple(pairs), OBJECT_TAGS)
    return tuple(pairs)


def _check_tags(tags: Tags, rules: TagRules) -> None:
    seen: set[str] = set()
    for key, value in tags:
        if key in seen:
            raise _invalid_tag("Cannot provide multiple Tags with the same key", key)  # O89
        seen.add(key)
        if key.startswith("aws:"):
            message = rules.system_tag_message
            raise _invalid_tag(message, key) if rules.names_key else S3Error("InvalidTag", message)
        if not key or len(key) > _MAX_KEY or not _TEXT.fullmatch(key):
            raise _invalid_tag("The TagKey you have provided is invalid", key)  # O90
        if len(value) > _MAX_VALUE or not _TEXT.fullmatch(value):
            raise _invalid_tag("The TagValue you have provided is invalid", key, value)  # O90
    if len(tags) > rules.max_tags:
        raise S3Error("BadRequest", rules.too_many_message)


def _invalid_tag(message: str, key: str, value: str | None = None) -> S3Error:
    fields = {"TagKey": key} if value is None else {"TagKey": key, "TagValue": value}
    return S3Error("InvalidTag", message, fields)


def tags_to_document(tags: Tags) -> list[dict[str, str]]:
    """The TagSet of these tags."""
    return [{"Key": key, "Value": value} for key, value in tags]
