"""The text of failed assertions: what was expected, what is there instead, and the cause where it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fakes3mp.core.objects import unquote_etag
from fakes3mp.inspection.formatting import count
from fakes3mp.inspection.spelling import did_you_mean

if TYPE_CHECKING:
    from fakes3mp.inspection.calls import Call

_MAX_LINES = 10


def failure(expected: str, details: Iterable[str]) -> AssertionError:
    """An AssertionError to be raised: what was expected, then up to ten lines of details."""
    lines = list(details)
    more = [f"  ... and {len(lines) - _MAX_LINES} more lines"] if len(lines) > _MAX_LINES else []
    return AssertionError("\n".join([expected, *(f"  {line}" for line in lines[:_MAX_LINES]), *more]))


def list_items(items: Sequence[object], plural: str) -> list[str]:
    """A heading and one line for each item, or one line that says there are none."""
    return [f"{plural}:", *(f"  {item!r}" for item in items)] if items else [f"there are no {plural}"]


def suggest(name: str, candidates: Iterable[str]) -> list[str]:
    """A line with the candidates that are spelled like the name; no line if there are none."""
    hint = did_you_mean(name, candidates)
    return [hint.removeprefix("; ")] if hint else []


def why_no_upload(calls: Iterable[Call], fields: Mapping[str, Any]) -> list[str]:
    """A line where the object was stored by one PutObject, as boto3 does with objects below its threshold."""
    for call in calls:
        if call.operation == "PutObject" and call.is_done:
            names = {"bucket": call.params["Bucket"], "key": call.params["Key"]}
            if all(names.get(name, expected) == expected for name, expected in fields.items()):
                size = count(len(call.params.get("Body", b"")), "byte")
                return [
                    f"{names['bucket']}/{names['key']} was stored by one PutObject of {size}: boto3 uploads in parts from "
                    "multipart_threshold on, by default 8 MiB; pass a TransferConfig, or a larger body"
                ]
    return []


def explain_etag_difference(actual: str, expected: str) -> list[str]:
    """What two different ETags say about the bytes they belong to (F48)."""
    counts = [unquote_etag(etag).partition("-")[2] for etag in (actual, expected)]
    if counts[0] == counts[1]:
        return ["the bytes differ, or the part sizes do" if counts[0] else "the bytes differ"]
    kinds = [
        f"of a multipart upload of {parts} part{'' if parts == '1' else 's'}" if parts else "of a single PutObject"
        for parts in counts
    ]
    return [
        f"the actual ETag is that {kinds[0]}, the expected one that {kinds[1]}; "
        "etag_of(data, part_size=...) computes either"
    ]
