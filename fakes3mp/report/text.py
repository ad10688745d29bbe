"""The section that pytest shows under a failed test: its S3 calls, and the state of its uploads."""

from __future__ import annotations

from collections.abc import Iterator

from fakes3mp.inspection.formatting import count
from fakes3mp.report.summary import Summary

_MAX_LINES = 40
_MAX_UPLOAD_LINES = 15  # of these, where the calls need the others


def section(fake: Summary) -> str:
    """The last calls in order, then the uploads with their parts: 40 lines at most, with the others counted."""
    uploads = list(_uploads(fake["uploads"]))
    calls = list(_calls(fake["calls"]))
    lines_left = max(_MAX_UPLOAD_LINES, _MAX_LINES - 1 - len(calls))
    if len(uploads) > lines_left:
        left_out = len(uploads) - lines_left + 1
        uploads = [*uploads[: lines_left - 1], f"... and {count(left_out, 'more line')} about uploads"]
    heading = count(len(fake["calls"]), "S3 call")
    lines_left = _MAX_LINES - 1 - len(uploads)
    if len(calls) > lines_left:
        heading, calls = f"{heading}, the last of them", calls[-lines_left:]
    return "\n".join([f"{heading}:", *calls, *uploads])


def _calls(calls: list[Summary]) -> Iterator[str]:
    for call in calls:
        attempt = f" (attempt {call['attempt']})" if call["attempt"] > 1 else ""
        error = f": {call['error']}" if call["error"] else ""
        fault = f" [fault: {call['fault']}]" if call["fault"] else ""
        yield (
            f"  {call['start'] * 1e3:8.1f} ms  {call['operation']}({call['params']}){attempt}"
            f" -> {call['outcome']}{error}{fault}  [{call['thread']}]"
        )
        for line in (call["decision"], call["hint"]):
            if line:
                yield f"               {line}"


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
