"""A fake told in plain values: what travels from a test process to the one that writes the report.

What may live here: calls and uploads as dictionaries of text and numbers, nothing that JSON could not hold.
"""

from __future__ import annotations

from typing import Any

from fakes3mp.fake import FakeS3
from fakes3mp.inspection.call_log import Call, brief, shown
from fakes3mp.inspection.upload_views import UploadView

Summary = dict[str, Any]


def told(fake: FakeS3) -> Summary:
    """A fake's calls and uploads."""
    calls = list(fake.calls)
    first = min((call.began for call in calls), default=0.0)
    return {
        "calls": [_call(call, first) for call in calls],
        "uploads": [_upload(upload, first) for upload in fake.uploads],
    }


def _call(call: Call, first: float) -> Summary:
    return {
        "operation": call.operation,
        "params": shown(call.params),
        "attempt": call.attempt,
        "outcome": call.outcome,
        "fault": call.fault or "",
        "error": call.error.message if call.error else "",
        "thread": call.thread,
        "at": call.began - first,
        "duration": call.duration,
        "waited": call.waited,
        "size": len(call.params.get("Body", b"")),
    }


def _upload(upload: UploadView, first: float) -> Summary:
    outcomes = {id(attempt.call): attempt.outcome for part in upload.attempted.values() for attempt in part.attempts}
    return {
        "where": f"{upload.bucket}/{upload.key}",
        "id": upload.id,
        "state": upload.state,
        "size": upload.size,
        "parts": [brief(part) for part in upload.parts],
        "etag": str(upload.etag or ""),
        "calls": [
            {
                **_call(call, first),
                "outcome": outcomes.get(id(call), call.outcome),
                "part": call.params.get("PartNumber") if id(call) in outcomes else None,
            }
            for call in upload.calls
        ],
    }
