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
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
    "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
    "by the resource's CORS spec."
)
_NOT_ENABLED = "CORSResponse: CORS is not enabled for this bucket."
_NO_BUCKET = "CORSResponse: Bucket not found"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")  # that a preflight may ask for (O309)


def answer_preflight(store: Store, request: Request, ids: ResponseIds) -> Response:
    """Answer an OPTIONS request (O266).

    Raises BadRequest where the origin is missing or the method is none, and AccessForbidden where no rule allows the
    request.
    """
    origin = request.headers.get("origin")
    if origin is None:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    method = request.headers.get("access-control-request-method", "OPTIONS")
    if method not in _METHODS:
        raise S3Error("BadRequest", f"Invalid Access-Control-Request-Method: {method}")
    address = parse_address(request.url, request.endpoint)
    with store.lock:
        name = _bucket_name(store, address.bucket)
        headers = cors_headers(store, name, origin, method, _requested_headers(request))
        bucket = store.buckets.get(name)
        is_enabled = bucket is not None and bool(bucket.configurations.get(CORS))
    if headers:
        return Response(200, {**ids.headers(), **headers, "Content-Length": "0"}, Content.of(b""))
    if not is_enabled:
        message = _NO_BUCKET if bucket is None else _NOT_ENABLED
        raise S3Error("AccessForbidden", message, {"Method": method, "ResourceType": "BUCKET"})
    raise S3Error("AccessForbidden", _NOT_ALLOWED, {"Method": method, "ResourceType": "OBJECT"})


def add_cors_headers(store: Store, request: Request, response: Response) -> Response:
    """The response with the headers that let the page of the request's origin read it, if a rule allows that.

    A request that names a method or headers as a preflight does is matched by those (O266).
    """
    origin = request.headers.get("origin")
    if origin is None or request.method == "OPTIONS":
        return response
    method = request.headers.get("access-control-request-method", request.method)
    address = parse_address(request.url, request.endpoint)
    with store.lock:
        headers = cors_headers(store, _bucket_name(store, address.bucket), origin, method, _requested_headers(request))
    return replace(response, headers={**response.headers, **headers}) if headers else response


def _requested_headers(request: Request) -> list[str]:
    value = request.headers.get("access-control-request-headers", "")
    return [header.strip() for header in value.split(",") if header.strip()]


def _bucket_name(store: Store, name: str | None) -> str:
    """The bucket's own name, where a request names it or an access point."""
    if name is None or name in store.buckets:
        return name or ""
    try:
        return store.resolve_bucket_name(name)
    except S3Error:
        return name
