"""The assertions of FakeS3: about an object, recorded calls and open uploads. A failed one says what came closest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import Call
from fakes3mp.inspection.failures import explain_etag_difference, failure
from fakes3mp.inspection.formatting import count, format_params, short_repr
from fakes3mp.inspection.object_views import ObjectView
from fakes3mp.inspection.upload_lists import UploadViews
from fakes3mp.inspection.upload_views import UploadView


def assert_object(view: ObjectView, body: bytes | None, etag: str | None) -> None:
    """The object has this body and ETag; None stands for any."""
    if body is not None and view.body != body:
        expected = f"{view.bucket}/{view.key} does not have the expected body"
        raise failure(expected, [_first_difference(view.body, body)])
    if etag is not None and view.etag != etag:
        expected = f"expected ETag {etag} of {view.bucket}/{view.key}, found {view.etag}"
        raise failure(expected, explain_etag_difference(view.etag, etag))


def _first_difference(actual: bytes, expected: bytes) -> str:
    if len(actual) != len(expected):
        return f"it has {count(len(actual), 'byte')} instead of {len(expected)}"
    pairs = enumerate(zip(actual, expected, strict=True))
    start = next(offset for offset, (actual_byte, expected_byte) in pairs if actual_byte != expected_byte)
    stop = start + 8
    return f"first difference at byte {start}: {actual[start:stop]!r} instead of {expected[start:stop]!r}"


def assert_called(calls: Calls, operation: Any, params: Mapping[str, Any], times: int | None) -> None:
    """The operation was called with these parameters, at least once or ``times`` times; retries count as one call."""
    number = len(calls.of(operation, **params).grouped)
    if number == times or (times is None and number):
        return
    expected = f"expected {operation}({format_params(params)}) to be called"
    frequency = "at least once" if times is None else _times(times)
    raise failure(f"{expected} {frequency}, but it was called {_times(number)}", _closest(calls, operation, params))


def assert_not_called(calls: Calls, operation: Any, params: Mapping[str, Any]) -> None:
    """The operation was not called with these parameters."""
    grouped = calls.of(operation, **params).grouped
    if grouped:
        expected = f"expected {operation}({format_params(params)}) not to be called"
        raise failure(f"{expected}, but it was called {_times(len(grouped))}", map(repr, grouped))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _closest(calls: Calls, operation: Any, params: Mapping[str, Any]) -> list[str]:
    """The calls of the operation with what differs, those with the fewest differences first."""
    if not calls:
        return ["no S3 call was recorded: was the fake active while the code under test ran?"]
    calls_of_operation = calls.of(operation)
    if not calls_of_operation:
        operations = sorted({call.operation for call in calls})
        return [f"no {operation} call was recorded, only {', '.join(operations)}"]
    compared = [(call, _differences(call, params)) for call in calls_of_operation]
    compared.sort(key=lambda pair: len(pair[1]))
    return [f"{call!r}: {'; '.join(differences) or 'matches'}" for call, differences in compared]


def _differences(call: Call, params: Mapping[str, Any]) -> list[str]:
    missing = [f"{name} was not sent{_hint(name)}" for name in params if name not in call.params]
    different = [
        f"{name} was {short_repr(call.params[name])}"
        for name, expected in params.items()
        if name in call.params and expected != call.params[name]
    ]
    return missing + different


def _hint(name: str) -> str:
    """Why a parameter may be missing, where the cause is known."""
    if name.startswith("Checksum"):
        return " (boto3 sends a CRC32, or the ChecksumAlgorithm given, unless request_checksum_calculation='when_required')"
    if name == "ContentMD5":
        return " (boto3 sends checksums instead unless ContentMD5 is given)"
    return ""


def assert_no_open_uploads(uploads: UploadViews) -> None:
    """Every upload was completed or aborted."""
    if uploads.open:
        expected = f"expected no open uploads, found {len(uploads.open)}"
        reason = "S3 charges for the parts of an upload until it is completed or aborted"
        raise failure(f"{expected}; {reason}", map(describe_open_upload, uploads.open))


def describe_open_upload(upload: UploadView) -> str:
    """An open upload in one line: bucket and key, what it holds, and its id."""
    contents = f"{count(len(upload.parts), 'part')}, {count(upload.size, 'byte')}"
    return f"{upload.bucket}/{upload.key}: {contents}, UploadId {upload.id}"
