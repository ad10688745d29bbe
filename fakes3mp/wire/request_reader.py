"""An HTTP request as a typed one: the operation and its parameters, by the model's member names."""

from __future__ import annotations

from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.core.declared_digests import verify_checksums, verify_md5
from fakes3mp.digests import ALGORITHMS
from fakes3mp.errors import S3Error
from fakes3mp.wire.envelope import Envelope, open_envelope
from fakes3mp.wire.header_rules import SDK_ALGORITHM, check_sdk_algorithm, is_checksum_value
from fakes3mp.wire.locations import InputPlan, input_plan, read_locations
from fakes3mp.wire.messages import Request, TypedRequest
from fakes3mp.wire.routing import log_name, route


def read_request(request: Request) -> TypedRequest:
    """Read a request: its operation, its parameters, and the first error found in it.

    A request that means no operation has the name of S3's server access log instead: ``REST.DELETE.ACL``.
    """
    envelope = open_envelope(request)
    address = envelope.address
    try:
        operation, path = route(envelope.method, address, envelope.headers)
    except S3Error as routing_error:
        names = {"Bucket": address.bucket, "Key": address.key}
        resource = {member: name for member, name in names.items() if name is not None}
        return TypedRequest(log_name(envelope.method, address), resource, envelope.client_info, routing_error)
    params: dict[str, Any] = {}
    plan, error = input_plan(operation), None
    try:
        read_locations(plan, envelope.headers, address.repeated or address.query, path, params)
    except S3Error as parameter_error:
        error = parameter_error  # headers are judged before the bytes (O210)
    if address.account is not None:
        params.setdefault("AccountId", address.account)
    error = error or envelope.error
    try:
        if plan.read_body is not None:
            params.update(plan.read_body(envelope.body))
        _check_body(plan, envelope)
    except S3Error as body_error:
        error = error or body_error
    return TypedRequest(operation, params, envelope.client_info, error)


def _check_body(plan: InputPlan, envelope: Envelope) -> None:
    """Check a document's digests, and that an object's bytes come with their length (F115).

    The digests of an object's bytes are checked by the operation.
    """
    headers = envelope.headers
    if plan.streamed is not None:
        if "content-length" not in headers and "transfer-encoding" not in headers:
            raise S3Error("MissingContentLength")
        return
    if plan.needs_digest and "content-md5" not in headers and not any(map(is_checksum_value, headers)):
        raise S3Error("InvalidRequest", "Missing required header for this request: Content-MD5")  # O380
    if plan.has_document_checksums and SDK_ALGORITHM in headers:
        check_sdk_algorithm(headers, SDK_ALGORITHM, headers[SDK_ALGORITHM])
    body = Content.of(envelope.body)
    if "content-md5" in headers:
        verify_md5(headers["content-md5"], body)
    if plan.has_document_checksums:
        declared = {name: headers.get(algorithm.header) for name, algorithm in ALGORITHMS.items()}
        verify_checksums({name: value for name, value in declared.items() if value is not None}, body)
