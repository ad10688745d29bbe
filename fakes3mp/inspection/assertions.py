"""Assertions that explain themselves: what was expected, what is there, what came closest.

What may live here: questions about views and calls, answered with an AssertionError whose text helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fakes3mp.core.objects import unquoted
from fakes3mp.inspection.call_log import Call, Calls, brief, shown
from fakes3mp.inspection.spelling import nearest

if TYPE_CHECKING:
    from fakes3mp.inspection.object_views import ObjectView
    from fakes3mp.inspection.upload_views import PartView, UploadView, UploadViews

_SHOWN = 10


def failed(expected: str, found: Iterable[str]) -> AssertionError:
    """An AssertionError: what was expected, then what there is instead, a line each."""
    lines = list(found)
    more = [f"  ... and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return AssertionError("\n".join([expected, *(f"  {line}" for line in lines[:_SHOWN]), *more]))


def listed(things: Sequence[object], name: str) -> list[str]:
    """A heading and the things under it, or that there are none."""
    return [f"{name}:", *(f"  {thing!r}" for thing in things)] if things else [f"there are no {name}"]


def nearest_of(name: str, known: Iterable[str]) -> list[str]:
    """A line with what may have been meant, if anything is near."""
    hint = nearest(name, known)
    return [hint.removeprefix("; ")] if hint else []


def only_upload(uploads: UploadViews, fields: Mapping[str, Any]) -> UploadView:
    """The only upload with these fields."""
    matching = uploads.of(**fields)
    if len(matching) == 1:
        only: UploadView = matching[0]
        return only
    wanted = ", ".join(f"{name}={value!r}" for name, value in fields.items()) or "any fields"
    meant = nearest_of(fields["key"], [each.key for each in uploads]) if not matching and "key" in fields else []
    found = [*meant, *listed(uploads, "uploads")]
    raise failed(f"expected exactly one upload with {wanted}, found {len(matching)}", found)


def found_part(upload: UploadView, number: int) -> PartView:
    """The part under this number."""
    try:
        return upload.attempted[number]
    except KeyError:
        raise failed(f"part {number} of {upload!r} was never put", listed(upload.parts, "parts")) from None


def completed(upload: UploadView, parts: int | None, etag: str | None) -> None:
    """The upload became an object."""
    if upload.state != "completed":
        raise failed(f"expected {upload.key!r} to be completed, it is {upload.state}", upload.timeline().splitlines())
    if parts is not None and len(upload.parts) != parts:
        raise failed(f"expected {parts} parts, found {len(upload.parts)}", listed(upload.parts, "parts"))
    if etag is not None and upload.etag != etag:
        why = [*why_etags_differ(str(upload.etag), etag), *listed(upload.parts, "parts")]
        raise failed(f"expected ETag {etag}, found {upload.etag}", why)


def why_etags_differ(found: str, expected: str) -> list[str]:
    """What two different ETags say about the bytes they stand for (F48)."""
    counts = [unquoted(etag).partition("-")[2] for etag in (found, expected)]
    if counts[0] == counts[1]:
        return ["the bytes differ, or they were cut elsewhere" if counts[0] else "the bytes differ"]
    told = [
        f"that of a multipart upload of {count} parts" if count else "that of a single PutObject" for count in counts
    ]
    return [f"the one found is {told[0]}, the expected one {told[1]}: etag_of(data, part_size=...) makes either"]


def contiguous(upload: UploadView) -> None:
    """Parts are numbered from 1 without a gap."""
    numbers = [part.number for part in upload.parts]
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if missing or not numbers:
        raise failed(f"expected parts numbered 1, 2, 3 ..., missing {missing or 'all'}", listed(upload.parts, "parts"))


def each_part_once(upload: UploadView) -> None:
    """No part has more than one attempt."""
    again = [part for part in upload.attempted.values() if len(part.attempts) > 1]
    if again:
        tried = [f"part {part.number}: {[attempt.outcome for attempt in part.attempts]}" for part in again]
        raise failed("expected each part to be put once", tried)


def object_is(found: ObjectView, body: bytes | None, etag: str | None) -> None:
    """The object has this body and ETag, where given."""
    if body is not None and found.body != body:
        raise failed(f"{found.bucket}/{found.key} has another body", [_first_difference(found.body, body)])
    if etag is not None and found.etag != etag:
        why = why_etags_differ(found.etag, etag)
        raise failed(f"expected ETag {etag} of {found.bucket}/{found.key}, found {found.etag}", why)


def _first_difference(actual: bytes, expected: bytes) -> str:
    if len(actual) != len(expected):
        return f"{len(actual)} bytes instead of {len(expected)}"
    at = next(at for at, (one, other) in enumerate(zip(actual, expected, strict=True)) if one != other)
    return f"first difference at byte {at}: {actual[at : at + 8]!r} instead of {expected[at : at + 8]!r}"


def called(calls: Calls, operation: Any, params: Mapping[str, Any], times: int | None) -> None:
    """The operation was called with these parameters, so many times where given; retries of a call are part of it."""
    matching = calls.of(operation, **params).stories
    if (times is None and matching) or times == len(matching):
        return
    wanted = f"{operation}({shown(params)})"
    often = "at least once" if times is None else f"{times} times"
    raise failed(f"expected {wanted} {often}, was called {len(matching)} times", _closest(calls, operation, params))


def not_called(calls: Calls, operation: Any, params: Mapping[str, Any]) -> None:
    """The operation was not called with these parameters."""
    matching = calls.of(operation, **params).stories
    if matching:
        raise failed(f"expected no {operation}, was called {len(matching)} times", map(repr, matching))


def _closest(calls: Calls, operation: Any, params: Mapping[str, Any]) -> list[str]:
    """The calls of the operation, those that differ least first, each with what differs."""
    same = calls.of(operation)
    if not same:
        names = sorted({call.operation for call in calls})
        return [f"no {operation} was recorded; recorded were: {', '.join(names) or 'no calls at all'}"]
    ranked = sorted(
        ((len(differences), call, differences) for call in same for differences in [_differs(call, params)]),
        key=lambda each: each[0],
    )
    return [f"{call!r}: {'; '.join(differences) or 'matches'}" for _, call, differences in ranked]


def _differs(call: Call, params: Mapping[str, Any]) -> list[str]:
    missing = [f"{name} was not sent{_hint(name)}" for name in params if name not in call.params]
    other = [
        f"{name} was {brief(call.params[name])}"
        for name, wanted in params.items()
        if name in call.params and wanted != call.params[name]
    ]
    return missing + other


def _hint(name: str) -> str:
    """Why a parameter may be absent, where the cause is known."""
    if name.startswith("Checksum"):
        return " (boto3 sends one unless request_checksum_calculation='when_required')"
    if name == "ContentMD5":
        return " (boto3 sends checksums instead unless it is given)"
    return ""


def no_open_uploads(uploads: UploadViews) -> None:
    """Every upload was completed or aborted."""
    if uploads.open:
        raise failed(
            f"{len(uploads.open)} uploads are still open; S3 charges for their parts until they are completed or aborted",
            map(open_upload, uploads.open),
        )


def open_upload(upload: UploadView) -> str:
    """An open upload in one line: what it is and what it holds."""
    return f"{upload.bucket}/{upload.key}: {len(upload.parts)} parts, {upload.size} bytes, UploadId {upload.id}"
