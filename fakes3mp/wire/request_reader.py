"""A request understood: the operation that is meant and its parameters, by the member names of the model.

What may live here: the way from an HTTP request to a call. Where each parameter stands is the knowledge of places.
"""

from __future__ import annotations

from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.core.declared_digests import verify_checksums, verify_md5
from fakes3mp.digests import ALGORITHMS
from fakes3mp.errors import S3Error
from fakes3mp.wire.envelope import Envelope, opened
from fakes3mp.wire.locations import Plan, located, plan
from fakes3mp.wire.messages import Request, TypedRequest
from fakes3mp.wire.routing import route


def arrived(request: Request) -> TypedRequest:
    """Understand a request: its operation and parameters, and what is wrong with it."""
    envelope = opened(request)
    operation, path = route(envelope.method, envelope.address, envelope.headers)
    params: dict[str, Any] = {}
    try:
        places = plan(operation)
        located(places, envelope.headers, envelope.address.query, path, params)
        if places.payload is not None:
            params.update(places.payload(envelope.body))
        _check_body(places, envelope)
        defect = envelope.defect
    except S3Error as error:
        defect = envelope.defect or error
    return TypedRequest(operation, params, envelope.client_info, defect)


def _check_body(places: Plan, envelope: Envelope) -> None:
    """The bytes of an object or part come with their length (F115); a document is checked here, they by the operation."""
    headers = envelope.headers
    if places.streams:
        if "content-length" not in headers and "transfer-encoding" not in headers:
            raise S3Error("MissingContentLength")
        return
    body = Content.of(envelope.body)
    if "content-md5" in headers:
        verify_md5(headers["content-md5"], body)
    if places.sums_document:
        named = {name: headers.get(each.header) for name, each in ALGORITHMS.items()}
        verify_checksums({name: value for name, value in named.items() if value is not None}, body)
