"""What fixtures ask of the servers of moto, LocalStack and MinIO besides S3: to forget everything, and if they are ready.

A bucket whose name such a path begins with comes first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.server.control import Control
from fakes3mp.wire.messages import Response

_RESET = ("POST", "/moto-api/reset")
_READINESS: Mapping[str, Mapping[str, Any]] = {
    "/moto-api": {"status": "ok"},
    "/moto-api/": {"status": "ok"},
    "/_localstack/health": {"services": {"s3": "running", "sts": "running"}},
    "/minio/health/live": {},
    "/minio/health/ready": {},
}


def other_servers_response(environ: Mapping[str, Any], fake: Any, control: Control) -> Response | None:
    """The response to such a request; None for any other."""
    method, path = str(environ["REQUEST_METHOD"]), str(environ.get("PATH_INFO", ""))
    if path not in _READINESS and (method, path) != _RESET:
        return None
    if path.split("/")[1] in fake.buckets:
        return None
    if (method, path) == _RESET:
        return _reset(environ, control)
    return _json(200, _READINESS[path]) if method in ("GET", "HEAD") else None


def _reset(environ: Mapping[str, Any], control: Control) -> Response:
    """As the control API's own ``reset``, with its rules of who may use it."""
    status, _, body = control.respond({**environ, "PATH_INFO": "/_fakes3mp/reset"})
    return _json(status, {"status": "ok"} if status == 200 else json.loads(body))


def _json(status: int, document: Mapping[str, Any]) -> Response:
    body = json.dumps(document).encode()
    return Response(status, {"Content-Type": "application/json", "Content-Length": str(len(body))}, Content.of(body))
