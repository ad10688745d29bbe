"""A text chart of calls over time."""

from __future__ import annotations

from collections.abc import Sequence

from fakes3mp.inspection.calls import PART_OPERATIONS, Call

_BAR_WIDTH = 24  # characters


def draw_calls(calls: Sequence[Call]) -> list[str]:
    """A line for each call, in the order in which they began: start, bar, operation, thread and outcome.

    Starts are in milliseconds since the first call. The bar's length is the call's share of the whole time.
    """
    if not calls:
        return []
    first = min(call.began for call in calls)
    total = max(call.began + call.duration for call in calls) - first or 1e-9
    return [_line(call, call.began - first, total) for call in sorted(calls, key=lambda call: call.began)]


def _line(call: Call, start: float, total: float) -> str:
    indent = min(int(_BAR_WIDTH * start / total), _BAR_WIDTH - 1)
    length = max(1, round(_BAR_WIDTH * call.duration / total))
    bar = (" " * indent + "#" * length)[:_BAR_WIDTH].ljust(_BAR_WIDTH)
    return f"{start * 1e3:8.1f} ms |{bar}| {_operation(call):32} {call.thread:24} {_outcome(call)}"


def _operation(call: Call) -> str:
    number = (
        f" {call.params['PartNumber']}" if call.operation in PART_OPERATIONS and "PartNumber" in call.params else ""
    )
    attempt = f" (attempt {call.attempt})" if call.attempt > 1 else ""
    return call.operation + number + attempt


def _outcome(call: Call) -> str:
    result = call.result or {}
    etag = result.get("ETag") or result.get("CopyPartResult", {}).get("ETag", "")
    size = f"{len(call.params['Body'])} bytes " if "Body" in call.params else ""
    return f"{call.outcome} {size}{etag}".rstrip()
