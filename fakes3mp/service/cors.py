"""What a browser asks before it lets a page of another origin read an answer: preflights, and the headers on answers.

What may live here: OPTIONS requests and the Origin header. Which rule allows what is operations.cors's business.
"""

from __future__ import annotations

from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import CORS
from fakes3mp.operations.cors import allowed
from fakes3mp.wire.addressing import address
from fakes3mp.wire.messages import Request, Response
from fakes3mp.wire.response_writer import Ids

_REFUSED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, "
    "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
    "by the resource's CORS spec."
)
_SILENT = "CORSResponse: CORS is not enabled for this bucket."


def preflight(store: Store, request: Request, ids: Ids) -> Response | None:
    """The answer to an OPTIONS request; None for any other."""
    if request.method != "OPTIONS":
        return None
    origin, method = request.headers.get("origin"), request.headers.get("access-control-request-method")
    if origin is None or method is None:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    asked = request.headers.get("access-control-request-headers", "")
    headers = [header.strip() for header in asked.split(",") if header.strip()]
    bucket = address(request.url, request.endpoint).bucket or ""
    with store.lock:
        told = allowed(store, bucket, origin, method, headers)
        silent = not store.bucket(bucket).configurations.get(CORS)
    if not told:
        raise S3Error("AccessForbidden", _SILENT if silent else _REFUSED, {"Method": method, "ResourceType": "OBJECT"})
    return Response(200, {**ids.headers(), **told, "Content-Length": "0"}, Content.of(b""))


def shared(store: Store, request: Request, response: Response) -> Response:
    """The answer with the headers that let the asking page read it, if a rule does."""
    origin = request.headers.get("origin")
    if origin is None:
        return response
    bucket = address(request.url, request.endpoint).bucket or ""
    with store.lock:
        told = allowed(store, bucket, origin, request.method)
    return replace(response, headers={**response.headers, **told}) if told else response
