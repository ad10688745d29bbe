"""Views, calls and fault rules of a fake as JSON values, for the control API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]


def to_json_value(value: Any) -> Any:
    """A value of a call or view as JSON has it: dates as ISO 8601 text, bytes as their size."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): to_json_value(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_value(member) for member in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "__len__"):
        return {"size": len(value)}
    return str(value)


def upload_value(upload: Any) -> Json:
    """An upload with the members of ``UploadView``: every part that was ever put, and every attempt."""
    return {
        "id": upload.id,
        "bucket": upload.bucket,
        "key": upload.key,
        "state": upload.state,
        "initiated": upload.initiated.isoformat(),
        "etag": None if upload.etag is None else str(upload.etag),
        "size": upload.size,
        "metadata": dict(upload.metadata),
        "parts": [_part_value(part) for part in upload.attempted.values()],
    }


def _part_value(part: Any) -> Json:
    return {
        "number": part.number,
        "size": part.size,
        "etag": None if part.etag is None else str(part.etag),
        "checksums": dict(part.checksums),
        "attempts": [_attempt_value(attempt) for attempt in part.attempts],
    }


def _attempt_value(attempt: Any) -> Json:
    call = attempt.call
    return {
        "outcome": attempt.outcome,
        "size": attempt.size,
        "etag": None if attempt.etag is None else str(attempt.etag),
        "operation": call.operation,
        "attempt": call.attempt,
        "fault": call.fault,
        "thread": call.thread,
        "began": call.began,
        "duration": call.duration,
        "waited": call.waited,
    }


def object_value(view: Any, *, with_body: bool) -> Json:
    """An object with the members of ``ObjectView``; its body in base64 where it is asked for."""
    value: Json = {
        "bucket": view.bucket,
        "key": view.key,
        "etag": str(view.etag),
        "size": view.size,
        "modified": view.modified.isoformat(),
        "metadata": dict(view.metadata),
        "content_type": view.content_type,
        "checksums": dict(view.checksums),
        "checksum_type": view.checksum_type,
        "part_sizes": list(view.part_sizes),
        "tags": dict(view.tags),
        "storage_class": view.storage_class,
        "version_id": view.version_id,
        "versions": [version.version_id for version in view.versions],
    }
    return {**value, "body": base64.b64encode(view.body).decode()} if with_body else value


def call_value(call: Any) -> Json:
    """A call with the members of ``Call``; of bodies, the size."""
    error = call.error
    return {
        "operation": call.operation,
        "params": to_json_value(call.params),
        "ignored": list(call.ignored),
        "result": to_json_value(call.result),
        "error": error
        and {"code": error.code, "message": error.message, "status": error.status, "fields": error.fields},
        "outcome": call.outcome,
        "attempt": call.attempt,
        "invocation_id": call.invocation_id,
        "region": call.region,
        "thread": call.thread,
        "started": to_json_value(call.started),
        "began": call.began,
        "duration": call.duration,
        "waited": call.waited,
        "fault": call.fault,
    }


def fault_value(rule: Any) -> Json:
    """A fault rule: what it is about, and how often it fired."""
    return {
        "number": rule.number,
        "operation": str(rule.operation),
        "params": to_json_value(rule.params),
        "fired": rule.fired,
        "has_fired": rule.has_fired,
        "rule": repr(rule),
    }
