"""Cross-origin requests: preflights (OPTIONS), and the headers that let a page of another origin read a response.

The rules are in ``operations.cors``.
"""

from __future__ import annotations

from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import CORS
from fakes3mp.operations.cors import cors_headers
from fakes3mp.wire.addressing import parse_address
from fakes3mp.wire.messages import Request, Response
from fakes3mp.wire.response_writer import ResponseIds

_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, "
    "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
    "by the resource's CORS spec."
)
_NOT_ENABLED = "CORSResponse: CORS is not enabled for this bucket."


def answer_preflight(store: Store, request: Request, ids: ResponseIds) -> Response:
    """Answer an OPTIONS request.

    Raises BadRequest where a header is missing, and AccessForbidden where no rule allows the request.
    """
    origin, method = request.headers.get("origin"), request.headers.get("access-control-request-method")
    if origin is None or method is None:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    requested = request.headers.get("access-control-request-headers", "")
    requested_headers = [header.strip() for header in requested.split(",") if header.strip()]
    bucket = parse_address(request.url, request.endpoint).bucket or ""
    with store.lock:
        headers = cors_headers(store, bucket, origin, method, requested_headers)
        is_enabled = bool(store.bucket(bucket).configurations.get(CORS))
    if not headers:
        message = _NOT_ALLOWED if is_enabled else _NOT_ENABLED
        raise S3Error("AccessForbidden", message, {"Method": method, "ResourceType": "OBJECT"})
    return Response(200, {**ids.headers(), **headers, "Content-Length": "0"}, Content.of(b""))


def add_cors_headers(store: Store, request: Request, response: Response) -> Response:
    """The response with the headers that let the page of the request's origin read it, if a rule allows that."""
    origin = request.headers.get("origin")
    if origin is None:
        return response
    bucket = parse_address(request.url, request.endpoint).bucket or ""
    with store.lock:
        headers = cors_headers(store, bucket, origin, request.method)
    return replace(response, headers={**response.headers, **headers}) if headers else response
