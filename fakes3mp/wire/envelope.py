"""What is read in the same way for every operation, before routing: address, framing of the body, and client.

The lengths and digests of the body as it was sent are checked here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address, is_control_request, parse_address, parse_control_address
from fakes3mp.wire.aws_chunked import is_chunked, unwrap, without_framing
from fakes3mp.wire.header_rules import is_checksum_value
from fakes3mp.wire.messages import ClientInfo, Request, RequestSignature
from fakes3mp.wire.presigned import headers_in_query
from fakes3mp.wire.signatures import signature_of

_HASH = re.compile("[0-9a-fA-F]{64}")
_CREDENTIAL = re.compile(r"(?:Credential=)?(?P<key>[^/,= ]+)/\d{8}/(?P<region>[^/]+)/")
_SIGV2 = re.compile(r"AWS ([^:]+):")
_ATTEMPT = re.compile(r"attempt=([0-9]{1,9})\b")
_MAX_ATTEMPTS = re.compile(r"max=([0-9]{1,9})\b")


class Envelope(Struct, frozen=True):
    """A request without its framing: the headers include the trailers, the body is as the caller passed it.

    Where the body's framing, length or hash is wrong, ``error`` says so and the body is empty.
    """

    method: str
    address: Address
    headers: Mapping[str, str]
    body: bytes
    client_info: ClientInfo
    error: S3Error | None = None


def open_envelope(request: Request) -> Envelope:
    """Read the address and the client, and take the framing off the body."""
    parse = parse_control_address if is_control_request(request.url, request.headers) else parse_address
    address = parse(request.url, request.endpoint)
    client_info = _client_info(request, address)
    query_headers = headers_in_query(address.query)
    if query_headers:
        request = replace(request, headers={**query_headers, **request.headers})
    try:
        headers, body = _unframe(request)
    except S3Error as error:
        return Envelope(request.method, address, request.headers, b"", client_info, error)
    return Envelope(request.method, address, headers, body, client_info)


def _unframe(request: Request) -> tuple[Mapping[str, str], bytes]:
    """Headers and body without aws-chunked framing; raises S3Error where lengths, trailers or the hash are wrong."""
    headers, body, trailers = request.headers, request.body, request.trailers
    if trailers is None:
        _check_length(headers.get("content-length"), body)
        if not is_chunked(headers):
            _check_sha256(headers.get("x-amz-content-sha256", ""), body)
            return headers, body
        body, trailers = unwrap(body)
    decoded_length = headers.get("x-amz-decoded-content-length", "")
    if not (decoded_length.isascii() and decoded_length.isdigit()):
        raise S3Error("MissingContentLength")  # O207
    _check_length(decoded_length, body)
    _check_trailers(headers, trailers)
    return {**without_framing(headers, len(body)), **trailers}, body


def _check_length(declared: str | None, body: bytes) -> None:
    """Refuse a body that is not as long as declared. S3 itself would read the rest of a longer one as the next request."""
    if declared is None or not (declared.isascii() and declared.isdigit()):  # O208
        return
    if (declared.lstrip("0") or "0") != str(len(body)):
        raise S3Error("IncompleteBody")


def _check_trailers(headers: Mapping[str, str], trailers: Mapping[str, str]) -> None:
    """That the trailers are those that x-amz-trailer announces, of which S3 takes one checksum (O209)."""
    announced = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()]
    if any(name not in trailers for name in announced):
        raise S3Error("MalformedTrailerError")
    if not announced and headers.get("x-amz-content-sha256", "").endswith("-TRAILER"):
        raise S3Error("MalformedTrailerError")
    if not all(map(is_checksum_value, announced)):
        raise S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    if announced and any(map(is_checksum_value, headers)):
        raise S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header")


def _check_sha256(declared: str, body: bytes) -> None:
    """x-amz-content-sha256 is a hash of the body, or a word such as UNSIGNED-PAYLOAD (S3's manual, SigV4)."""
    if not _HASH.fullmatch(declared):
        return
    computed = hashlib.sha256(body).hexdigest()
    if declared.lower() != computed:
        fields = {"ClientComputedContentSHA256": declared, "S3ComputedContentSHA256": computed}
        raise S3Error("XAmzContentSHA256Mismatch", fields=fields)


def _client_info(request: Request, address: Address) -> ClientInfo:
    headers = request.headers
    signature, signature_error = _signature(request, address)
    credential = _CREDENTIAL.search(headers.get("authorization", "") or address.query.get("X-Amz-Credential", ""))
    label = headers.get("amz-sdk-request", "")
    attempt, max_attempts = _ATTEMPT.search(label), _MAX_ATTEMPTS.search(label)
    return ClientInfo(
        bucket_url=address.bucket_url,
        region=credential["region"] if credential else address.region,
        endpoint_region=address.region,
        is_path_style=address.is_path_style,
        access_key=_access_key(request, address, credential),
        invocation_id=headers.get("amz-sdk-invocation-id"),
        attempt=int(attempt[1]) if attempt else 1,
        max_attempts=int(max_attempts[1]) if max_attempts else request.max_attempts,
        backoff_seconds=request.backoff_seconds,
        signature=signature,
        signature_error=signature_error,
        signing_region=credential["region"] if credential else None,
        process=request.process,
        thread=request.thread,
        source_ip=request.source_ip,
        headers=headers,
        query=address.query,
    )


def _signature(request: Request, address: Address) -> tuple[RequestSignature | None, S3Error | None]:
    """The signature to be checked, or the error that it is malformed."""
    if request.signature is not None:
        return request.signature, None
    try:
        return signature_of(request, address), None
    except S3Error as error:
        return None, error


def _access_key(request: Request, address: Address, credential: re.Match[str] | None) -> str | None:
    """The access key of a form, of SigV4, or of SigV2 (``Authorization: AWS AKID:signature``, or in the query)."""
    if request.signature is not None:
        return request.signature.access_key or None
    if credential is not None:
        return credential["key"]
    match = _SIGV2.match(request.headers.get("authorization", ""))
    return match[1] if match else address.query.get("AWSAccessKeyId")
