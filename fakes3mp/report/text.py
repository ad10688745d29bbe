"""The section under a failed test: its S3 calls, and where its uploads stand.

What may live here: a told fake as lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator

from fakes3mp.report.summary import Summary

_MOST = 60  # lines of calls


def section(fake: Summary) -> str:
    """Calls in order, then uploads with what they hold."""
    return "\n".join((*_calls(fake["calls"]), *_uploads(fake["uploads"])))


def _calls(calls: list[Summary]) -> Iterator[str]:
    left_out = len(calls) - _MOST
    yield f"{len(calls)} S3 calls" + (f", the last {_MOST}:" if left_out > 0 else ":")
    for call in calls[max(left_out, 0) :]:
        retried = f" (attempt {call['attempt']})" if call["attempt"] > 1 else ""
        struck = f" [fault: {call['fault']}]" if call["fault"] else ""
        why = f": {call['error']}" if call["error"] else ""
        yield (
            f"  {call['at'] * 1e3:8.1f} ms  {call['operation']}({call['params']}){retried}"
            f" -> {call['outcome']}{why}{struck}  [{call['thread']}]"
        )


def _uploads(uploads: list[Summary]) -> Iterator[str]:
    for upload in uploads:
        held = f"{len(upload['parts'])} parts, {upload['size']} bytes"
        yield f"upload {upload['where']} is {upload['state']}: {held}, UploadId {upload['id']}"
        lanes: dict[int, list[str]] = {}
        for call in upload["calls"]:
            if call["part"] is not None:
                lanes.setdefault(call["part"], []).append(call["outcome"])
        for number, outcomes in sorted(lanes.items()):
            yield f"  part {number}: {', '.join(outcomes)}"
