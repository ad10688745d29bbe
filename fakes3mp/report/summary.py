"""A fake's calls and uploads as plain dicts, lists, text and numbers.

JSON can hold a summary, so that a worker process of pytest-xdist can send it to the process that writes the report.
"""

from __future__ import annotations

from typing import Any

from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import Call
from fakes3mp.inspection.formatting import format_params, short_repr
from fakes3mp.inspection.hints import hint_for
from fakes3mp.inspection.upload_views import UploadView

Summary = dict[str, Any]


def summarise(fake: Any) -> Summary:
    """The fake's ``calls`` and ``uploads``; times are in seconds, ``start`` is since the first call."""
    calls = list(fake.calls)
    absorbed = _absorbed_faults(fake.calls)
    first_began = min((call.began for call in calls), default=0.0)
    return {
        "calls": [{**_summarise_call(call, first_began), **absorbed.get(id(call), {})} for call in calls],
        "uploads": [_summarise_upload(upload, first_began) for upload in fake.uploads],
    }


def _absorbed_faults(calls: Calls) -> dict[int, Summary]:
    """A hint for each attempt, by its identity, whose injected fault a later attempt of the client made good."""
    hint = "the client tried again and succeeded; without times(...) a fault affects every attempt"
    return {
        id(call): {"hint": hint}
        for grouped in calls.grouped
        for call in grouped.attempts[:-1]
        if call.fault and grouped.outcome == "ok"
    }


def _summarise_call(call: Call, first_began: float) -> Summary:
    return {
        "operation": call.operation,
        "params": format_params(call.params),
        "attempt": call.attempt,
        "outcome": call.outcome,
        "fault": call.fault or "",
        "error": call.error.message if call.error else "",
        "decision": (call.decision or "") if call.error else "",
        "hint": hint_for(call.operation, call.params, call.error.code) if call.error else "",
        "thread": call.thread,
        "start": call.began - first_began,
        "duration": call.duration,
        "waited": call.waited,
        "size": len(call.params.get("Body", b"")),
    }


def _summarise_upload(upload: UploadView, first_began: float) -> Summary:
    """An upload; its calls have the outcome of their attempt, and the part's number as ``part`` or None."""
    outcomes = {id(attempt.call): attempt.outcome for part in upload.attempted.values() for attempt in part.attempts}
    return {
        "path": f"{upload.bucket}/{upload.key}",
        "id": upload.id,
        "state": upload.state,
        "size": upload.size,
        "parts": [short_repr(part) for part in upload.parts],
        "etag": str(upload.etag or ""),
        "calls": [
            {
                **_summarise_call(call, first_began),
                "outcome": outcomes.get(id(call), call.outcome),
                "part": call.params.get("PartNumber") if id(call) in outcomes else None,
            }
            for call in upload.calls
        ],
    }
