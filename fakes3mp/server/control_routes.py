"""The requests of the control API, as a table, and their description by OpenAPI."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

from msgspec import Struct

from fakes3mp.server import control_faults

PREFIX = "/_fakes3mp/"


class Route(Struct, frozen=True):
    """One request of the control API: ``path`` has its parameters in braces."""

    method: str
    path: str
    handler: str  # a method of Control
    summary: str
    fields: tuple[str, ...] = ()  # members of the request's document
    query: tuple[str, ...] = ()
    content_type: str = "application/json"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The parameters in the path, if the request is this one. The last one may contain slashes."""
        if method != self.method:
            return None
        *names, last = re.findall(r"{(\w+)}", self.path) or [""]
        pattern = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        for name in names:
            pattern = pattern.replace(f"{{{name}}}", f"(?P<{name}>[^/]+)")
        found = re.fullmatch(pattern.replace(f"{{{last}}}", f"(?P<{last}>.+)") if last else pattern, path)
        return None if found is None else found.groupdict()


ROUTES = (
    Route("GET", "", "page", "The console page.", content_type="text/html; charset=utf-8"),
    Route("GET", "stream", "stream", "Server-sent events: something has changed.", content_type="text/event-stream"),
    Route(
        "GET",
        "drawing",
        "drawing",
        "Uploads and calls, drawn for the console page.",
        query=("operation", "key"),
        content_type="text/html; charset=utf-8",
    ),
    Route("GET", "health", "health", "Whether the server is ready, and its version."),
    Route("GET", "openapi.json", "openapi", "This description."),
    Route("POST", "reset", "reset", "Back to the beginning: initial buckets, no calls, no faults."),
    Route("GET", "snapshots", "list_snapshots", "The names of the snapshots."),
    Route("POST", "snapshots", "take_snapshot", "Take a snapshot of everything.", fields=("name",)),
    Route("POST", "snapshots/{name}/restore", "restore_snapshot", "Go back to a snapshot."),
    Route("GET", "faults", "list_faults", "The fault rules, and how often each fired."),
    Route(
        "POST",
        "faults",
        "add_fault",
        "Add a fault rule, in the vocabulary of Python's fake.faults.",
        fields=control_faults.FIELDS,
    ),
    Route("DELETE", "faults", "clear_faults", "Remove all fault rules."),
    Route("GET", "clock", "get_clock", "The fake's time."),
    Route(
        "POST",
        "clock/advance",
        "advance_clock",
        "Let time pass; lifecycle rules run.",
        fields=("days", "hours", "minutes", "seconds"),
    ),
    Route("POST", "clock/freeze", "freeze_clock", "Stop the clock, now or at a time.", fields=("at",)),
    Route("POST", "clock/resume", "resume_clock", "Let a frozen clock run again."),
    Route("GET", "buckets", "list_buckets", "The buckets, with the number of their objects."),
    Route("GET", "buckets/{bucket}", "list_objects", "The objects of a bucket, at most a thousand.", query=("after",)),
    Route("GET", "objects/{bucket}/{key}", "get_object", "An object and its versions.", query=("body",)),
    Route(
        "GET",
        "uploads",
        "list_uploads",
        "Multipart uploads with every part and attempt.",
        query=("state", "key", "bucket"),
    ),
    Route(
        "GET",
        "calls",
        "list_calls",
        "The call log; further query parameters are parameters of the call.",
        query=("operation", "limit", "offset"),
    ),
    Route("GET", "events", "list_events", "Event notification records."),
    Route(
        "POST",
        "credentials",
        "add_credentials",
        "Let an access key act for an account.",
        fields=("access_key", "secret_key", "account_id", "policy"),
    ),
    Route("POST", "assert/no-open-uploads", "assert_no_open_uploads", "409 where an upload is still open."),
    Route("POST", "assert/all-faults-fired", "assert_all_faults_fired", "409 where a fault rule has not fired."),
    Route(
        "POST",
        "assert/called",
        "assert_called",
        "409 where an operation was not called so.",
        fields=("operation", "params", "times"),
    ),
    Route(
        "POST",
        "assert/not-called",
        "assert_not_called",
        "409 where an operation was called so.",
        fields=("operation", "params"),
    ),
    Route(
        "POST",
        "assert/object",
        "assert_object",
        "409 where an object is not there, or has another ETag.",
        fields=("bucket", "key", "etag"),
    ),
)


def openapi_document() -> dict[str, Any]:
    """The description of the control API, by OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        operation: dict[str, Any] = {
            "operationId": route.handler,
            "summary": route.summary,
            "parameters": [
                *(
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in _names(route)
                ),
                *({"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query),
            ],
            "responses": {
                "200": {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}},
                "default": {"description": "Not done; `error` says why and names the nearest valid choice."},
            },
        }
        if route.fields:
            schema = {"type": "object", "properties": {name: {} for name in route.fields}}
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "fakes3mp control API", "version": version("fakes3mp")},
        "paths": paths,
    }


def _names(route: Route) -> list[str]:
    return re.findall(r"{(\w+)}", route.path)
