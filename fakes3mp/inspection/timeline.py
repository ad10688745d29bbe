"""The text chart of one upload.

What may live here: drawing, in characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes3mp.inspection.call_log import Call

if TYPE_CHECKING:
    from fakes3mp.inspection.upload_views import UploadView

_WIDTH = 24
_PUTS = ("UploadPart", "UploadPartCopy")


def timeline(upload: UploadView) -> str:
    """Each call of the upload on a line of its own: when, what, by which thread, and how it ended.

    Bars are in proportion to the whole; times are milliseconds since the first call.
    """
    title = f"{upload.bucket}/{upload.key}  {upload.state}  {len(upload.parts)} parts, {upload.size} bytes"
    lines = [title, f"UploadId {upload.id}"]
    if upload.calls:
        lines += _chart(list(upload.calls))
    return "\n".join(lines)


def _chart(calls: list[Call]) -> list[str]:
    first = min(call.began for call in calls)
    whole = max(call.began + call.duration for call in calls) - first or 1e-9
    return [_line(call, call.began - first, whole) for call in sorted(calls, key=lambda call: call.began)]


def _line(call: Call, since: float, whole: float) -> str:
    at = min(int(_WIDTH * since / whole), _WIDTH - 1)
    length = max(1, round(_WIDTH * call.duration / whole))
    bar = (" " * at + "#" * length)[:_WIDTH].ljust(_WIDTH)
    return f"{since * 1e3:8.1f} ms |{bar}| {_what(call):32} {call.thread:24} {_end(call)}"


def _what(call: Call) -> str:
    number = f" {call.params['PartNumber']}" if call.operation in _PUTS else ""
    tried = f" (attempt {call.attempt})" if call.attempt > 1 else ""
    return call.operation + number + tried


def _end(call: Call) -> str:
    answer = call.result or {}
    etag = answer.get("ETag") or answer.get("CopyPartResult", {}).get("ETag", "")
    size = f"{len(call.params['Body'])} bytes " if "Body" in call.params else ""
    return f"{call.outcome} {size}{etag}".rstrip()
