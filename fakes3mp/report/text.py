"""The section that pytest shows under a failed test: its S3 calls, and the state of its uploads."""

from __future__ import annotations

from collections.abc import Iterator

from fakes3mp.inspection.formatting import count
from fakes3mp.report.summary import Summary

_MAX_CALLS = 60


def section(fake: Summary) -> str:
    """The calls in order, the last 60 of them, then the uploads with their parts."""
    return "\n".join((*_calls(fake["calls"]), *_uploads(fake["uploads"])))


def _calls(calls: list[Summary]) -> Iterator[str]:
    left_out = len(calls) - _MAX_CALLS
    yield count(len(calls), "S3 call") + (f", the last {_MAX_CALLS}:" if left_out > 0 else ":")
    for call in calls[max(left_out, 0) :]:
        attempt = f" (attempt {call['attempt']})" if call["attempt"] > 1 else ""
        error = f": {call['error']}" if call["error"] else ""
        fault = f" [fault: {call['fault']}]" if call["fault"] else ""
        yield (
            f"  {call['start'] * 1e3:8.1f} ms  {call['operation']}({call['params']}){attempt}"
            f" -> {call['outcome']}{error}{fault}  [{call['thread']}]"
        )
        if call["decision"]:
            yield f"               {call['decision']}"
        if call["hint"]:
            yield f"               {call['hint']}"


def _uploads(uploads: list[Summary]) -> Iterator[str]:
    for upload in uploads:
        contents = f"{count(len(upload['parts']), 'part')}, {count(upload['size'], 'byte')}"
        yield f"upload {upload['path']} is {upload['state']}: {contents}, UploadId {upload['id']}"
        outcomes: dict[int, list[str]] = {}
        for call in upload["calls"]:
            if call["part"] is not None:
                outcomes.setdefault(call["part"], []).append(call["outcome"])
        for number, outcomes_of_part in sorted(outcomes.items()):
            yield f"  part {number}: {', '.join(outcomes_of_part)}"
