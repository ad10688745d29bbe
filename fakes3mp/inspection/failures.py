"""The text of failed assertions: what was expected, what is there instead, and the cause where it is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fakes3mp.core.objects import unquote_etag
from fakes3mp.inspection.spelling import did_you_mean

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
