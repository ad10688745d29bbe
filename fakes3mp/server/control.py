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

from fakes3mp.errors import S3Error
from fakes3mp.inspection.spelling import did_you_mean
from fakes3mp.server.console import console_page, draw_console, event_stream
from fakes3mp.server.control_faults import add_fault
from fakes3mp.server.control_routes import PREFIX, ROUTES, Route, openapi_document
from fakes3mp.server.control_values import Json, call_value, fault_value, object_value, to_json_value, upload_value

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

    def respond(self, environ: Mapping[str, Any]) -> tuple[int, str, bytes]:
        """The status, content type and body that answer a request, given as WSGI's environment."""
        path = _path(environ).removeprefix(PREFIX)
        content_type = "application/json"
        try:
            self._check_access(environ)
            route, arguments = self._find_route(str(environ["REQUEST_METHOD"]), path)
            arguments.update(_read_query(environ, route))
            arguments.update(_read_document(environ, route))
            if route.handler == "stream":
                arguments["environ"] = environ
            result = getattr(self, route.handler)(**arguments)
            if isinstance(result, str):
                return 200, route.content_type, result.encode("utf-8", "replace")
            status, document = 200, {"ok": True, **result}
        except AssertionError as failure:
            status, document = 409, _failure(failure)
        except (ControlError, S3Error) as error:
            status, document = error.status, _failure(error)
        except (ValueError, TypeError, OverflowError) as error:
            status, document = 400, _failure(error)
        return status, content_type, json.dumps(document).encode() + b"\n"

    def _check_access(self, environ: Mapping[str, Any]) -> None:
        address = str(environ.get("REMOTE_ADDR", "127.0.0.1"))
        if not self._anywhere and not _is_loopback(address):
            raise ControlError(403, "the control API is for this machine: serve with --control anywhere and --token")
        if self._token is not None and environ.get("HTTP_AUTHORIZATION") != f"Bearer {self._token}":
            raise ControlError(401, "the control API needs the header Authorization: Bearer TOKEN")

    def _find_route(self, method: str, path: str) -> tuple[Route, dict[str, Any]]:
        for route in ROUTES:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        methods = [route.method for route in ROUTES if route.match(route.method, path) is not None]
        if methods:
            raise ControlError(405, f"{PREFIX}{path} takes {', '.join(methods)}, not {method}")
        raise ControlError(404, f"there is no {PREFIX}{path}{did_you_mean(path, [route.path for route in ROUTES])}")

    def page(self) -> str:
        return console_page()

    def drawing(self, operation: str = "", key: str = "") -> str:
        return draw_console(self._fake, operation, key)

    def stream(self, environ: Mapping[str, Any]) -> str:
        return event_stream(self._fake, environ)

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

    def list_objects(self, bucket: str, after: str = "") -> Json:
        buckets = self._fake.buckets
        if bucket not in buckets:
            raise ControlError(404, f"there is no bucket {bucket!r}{did_you_mean(bucket, buckets)}")
        keys = [key for key in buckets[bucket].keys() if key > after]  # noqa: SIM118  # a list, in S3's order
        views = [buckets[bucket][key] for key in keys[:_MAX_PAGE]]
        return {"total": len(keys), "objects": [object_value(view, with_body=False) for view in views]}

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


def _failure(error: Exception) -> Json:
    return {"ok": False, "error": str(error)}


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
