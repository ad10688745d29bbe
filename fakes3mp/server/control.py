"""The control API of the server, under ``/_fakes3mp/``: what Python tests do with a fake, for other languages.

No bucket can have that name. Requests and responses are JSON; ``openapi.json`` describes them.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct

from fakes3mp.errors import S3Error
from fakes3mp.inspection.spelling import did_you_mean
from fakes3mp.server.control_faults import add_fault
from fakes3mp.server.control_values import Json, call_value, fault_value, object_value, to_json_value, upload_value

PREFIX = "/_fakes3mp/"
_MAX_BODY_SIZE = 16 << 20  # bytes
_MAX_PAGE = 1000  # calls


def is_control_request(environ: Mapping[str, Any]) -> bool:
    """Whether a request is for the control API, and not for S3."""
    return str(environ.get("PATH_INFO", "")).startswith(PREFIX)


class ControlError(Exception):
    """A control request that cannot be carried out; nothing was changed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Route(Struct, frozen=True):
    """One request of the control API: ``path`` has its parameters in braces."""

    method: str
    path: str
    handler: str  # a method of Control
    summary: str
    fields: tuple[str, ...] = ()  # members of the request's document
    query: tuple[str, ...] = ()

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
        fields=("operation", "params", "times", "nth", "rate", "after_commit", "error", "delay", "reset_connection"),
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


class Control:
    """The control API of one fake.

    Parameters
    ----------
    fake : FakeS3
        The fake that is controlled.
    anywhere : bool, default False
        Whether requests from other machines are accepted. Otherwise only those from this machine are.
    token : str, optional
        What requests must carry as ``Authorization: Bearer TOKEN``.
    """

    def __init__(self, fake: Any, *, anywhere: bool = False, token: str | None = None) -> None:
        self._fake = fake
        self._anywhere = anywhere
        self._token = token
        self._snapshots: dict[str, Any] = {}

    def respond(self, environ: Mapping[str, Any]) -> tuple[int, bytes]:
        """The status and the JSON body that answer a request, given as WSGI's environment."""
        status, document = self._answer(environ)
        return status, json.dumps(document).encode() + b"\n"

    def _answer(self, environ: Mapping[str, Any]) -> tuple[int, Json]:
        path = _path(environ).removeprefix(PREFIX)
        try:
            self._check_access(environ)
            route, parameters = self._find_route(str(environ["REQUEST_METHOD"]), path)
            arguments = {**parameters, **_read_query(environ, route), **_read_document(environ, route)}
            return 200, {"ok": True, **getattr(self, route.handler)(**arguments)}
        except ControlError as error:
            return error.status, {"ok": False, "error": str(error)}
        except AssertionError as failure:
            return 409, {"ok": False, "error": str(failure)}
        except S3Error as error:
            return error.status, {"ok": False, "error": str(error), "code": error.code}
        except (ValueError, TypeError, OverflowError) as error:
            return 400, {"ok": False, "error": str(error)}

    def _check_access(self, environ: Mapping[str, Any]) -> None:
        address = str(environ.get("REMOTE_ADDR", "127.0.0.1"))
        if not self._anywhere and not _is_loopback(address):
            raise ControlError(403, "the control API is for this machine: serve with --control anywhere and --token")
        if self._token is not None and environ.get("HTTP_AUTHORIZATION") != f"Bearer {self._token}":
            raise ControlError(401, "the control API needs the header Authorization: Bearer TOKEN")

    def _find_route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        for route in ROUTES:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        methods = [route.method for route in ROUTES if route.match(route.method, path) is not None]
        if methods:
            raise ControlError(405, f"{PREFIX}{path} takes {', '.join(methods)}, not {method}")
        raise ControlError(404, f"there is no {PREFIX}{path}{did_you_mean(path, [route.path for route in ROUTES])}")

    def health(self) -> Json:
        return {"status": "ok", "version": version("fakes3mp")}

    def openapi(self) -> Json:
        return openapi_document()

    def reset(self) -> Json:
        self._fake.reset()
        return {}

    def list_snapshots(self) -> Json:
        return {"snapshots": sorted(self._snapshots)}

    def take_snapshot(self, name: Any = "default") -> Json:
        if not isinstance(name, str) or not re.fullmatch(r"[\w.-]{1,100}", name):
            raise ControlError(400, f"a snapshot's name has letters, digits, '.', '_' and '-': not {name!r}")
        self._snapshots[name] = self._fake.snapshot()
        return {"name": name}

    def restore_snapshot(self, name: str) -> Json:
        if name not in self._snapshots:
            raise ControlError(404, f"there is no snapshot {name!r}{did_you_mean(name, self._snapshots)}")
        self._fake.restore(self._snapshots[name])
        return {"name": name}

    def list_faults(self) -> Json:
        faults = self._fake.faults
        return {"faults": [fault_value(rule) for rule in faults.rules], "all_fired": bool(faults.all_fired())}

    def add_fault(self, **document: Any) -> Json:
        return {"fault": fault_value(add_fault(self._fake.faults, document))}

    def clear_faults(self) -> Json:
        self._fake.faults.clear()
        return {}

    def get_clock(self) -> Json:
        clock = self._fake.clock
        return {"now": clock.now().isoformat(), "ran": [str(action) for action in clock.ran]}

    def advance_clock(self, **steps: float) -> Json:
        actions = self._fake.clock.advance(**steps)
        return {"now": self._fake.clock.now().isoformat(), "actions": [str(action) for action in actions]}

    def freeze_clock(self, at: str | None = None) -> Json:
        return {"now": self._fake.clock.freeze(at).isoformat()}

    def resume_clock(self) -> Json:
        self._fake.clock.resume()
        return self.get_clock()

    def list_buckets(self) -> Json:
        buckets = self._fake.buckets.values()
        return {"buckets": [{"name": each.name, "region": each.region, "objects": len(each)} for each in buckets]}

    def get_object(self, bucket: str, key: str, body: str = "false") -> Json:
        try:
            view = self._fake.object(bucket, key)
        except AssertionError as missing:
            raise ControlError(404, str(missing)) from None
        return {"object": object_value(view, with_body=body == "true")}

    def list_uploads(self, **fields: str) -> Json:
        return {"uploads": [upload_value(upload) for upload in self._fake.uploads.of(**fields)]}

    def list_calls(self, operation: str | None = None, limit: str = "1000", offset: str = "0", **params: str) -> Json:
        matching = [
            call
            for call in self._fake.calls
            if operation in (None, call.operation)
            and all(str(call.params.get(name)) == value for name, value in params.items())
        ]
        start, size = int(offset), min(int(limit), _MAX_PAGE)
        if start < 0 or size < 0:
            raise ControlError(400, "limit and offset are numbers from 0 on")
        return {"total": len(matching), "calls": [call_value(call) for call in matching[start : start + size]]}

    def list_events(self) -> Json:
        return {"Records": to_json_value(self._fake.events)}

    def add_credentials(
        self, access_key: str, secret_key: str, account_id: str | None = None, policy: Any = None
    ) -> Json:
        more = {} if policy is None else {"policy": policy}
        account = account_id or self._fake.account_id
        self._fake.credentials.add(access_key, secret_key, account_id=account, **more)
        return {"access_key": access_key, "account_id": account}

    def assert_no_open_uploads(self) -> Json:
        self._fake.assert_no_open_uploads()
        return {}

    def assert_all_faults_fired(self) -> Json:
        verdict = self._fake.faults.all_fired()
        assert verdict, verdict.reason
        return {}

    def assert_called(self, operation: str, params: Mapping[str, Any] | None = None, times: int | None = None) -> Json:
        self._fake.assert_called(operation, times=times, **(params or {}))
        return {}

    def assert_not_called(self, operation: str, params: Mapping[str, Any] | None = None) -> Json:
        self._fake.assert_not_called(operation, **(params or {}))
        return {}

    def assert_object(self, bucket: str, key: str, etag: str | None = None) -> Json:
        self._fake.assert_object(bucket, key, etag=etag)
        return {}


def _path(environ: Mapping[str, Any]) -> str:
    """The path of a request; WSGI hands its UTF-8 over as ISO-8859-1."""
    return str(environ.get("PATH_INFO", "")).encode("iso-8859-1", "replace").decode("utf-8", "replace")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _read_query(environ: Mapping[str, Any], route: Route) -> dict[str, str]:
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    if route.handler != "list_calls":  # which takes any parameter of a call
        _check_names(query, route.query, "query parameter")
    return query


def _read_document(environ: Mapping[str, Any], route: Route) -> dict[str, Any]:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > _MAX_BODY_SIZE:
        raise ControlError(413, f"a control request has at most {_MAX_BODY_SIZE} bytes, not {size}")
    body = environ["wsgi.input"].read(size) if size else b""
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ControlError(400, "the body is not JSON") from None
    if not isinstance(document, dict):
        raise ControlError(400, "the body is not a JSON object")
    if route.handler != "add_fault":  # which has its own vocabulary, and checks it
        _check_names(document, route.fields, "field")
    return document


def _check_names(values: Mapping[str, Any], allowed: tuple[str, ...], kind: str) -> None:
    for name in values:
        if name not in allowed:
            choices = f"; it takes {', '.join(allowed)}" if allowed else "; it takes none"
            raise ControlError(400, f"there is no {kind} {name!r}{did_you_mean(name, allowed) or choices}")


def openapi_document() -> Json:
    """The description of the control API, by OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        operation: Json = {
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
