"""The envelope of a request: what is the same for every operation, taken off before routing.

What may live here: address, transfer encoding, declared lengths and digests of the body as it travelled, and the labels
a client puts on its calls.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address, address
from fakes3mp.wire.aws_chunked import is_chunked, unwrap, without_framing
from fakes3mp.wire.messages import ClientInfo, Request
from fakes3mp.wire.presigned import hoisted
from fakes3mp.wire.signatures import Signature, proof

_NUMBER = re.compile("0*([0-9]+)")
_SCOPE = re.compile(r"(?:Credential=)?(?P<key>[^/,= ]+)/\d{8}/(?P<region>[^/]+)/")
_SIGV2 = re.compile(r"AWS ([^:]+):")
_ATTEMPT = re.compile(r"attempt=(\d+)")
_MOST = re.compile(r"max=(\d+)")


class Envelope(Struct, frozen=True):
    """A request without its wrapping: headers include trailers, the body is what the caller meant to send."""

    method: str
    address: Address
    headers: Mapping[str, str]
    body: bytes
    client_info: ClientInfo
    defect: S3Error | None = None


def opened(request: Request) -> Envelope:
    """Take the wrapping off. What is wrong with the body is kept as a defect, for the caller to be told in due order."""
    where = address(request.url, request.endpoint)
    client_info = _client_info(request, where)
    moved = hoisted(where.query)
    if moved:
        request = replace(request, headers={**moved, **request.headers})
    try:
        headers, body = _unwrapped(request)
    except S3Error as defect:
        return Envelope(request.method, where, request.headers, b"", client_info, defect)
    return Envelope(request.method, where, headers, body, client_info)


def _proof(request: Request, where: Address) -> tuple[Signature | None, S3Error | None]:
    """The signature, or what is wrong with its form."""
    if request.proof is not None:
        return request.proof, None
    try:
        return proof(request, where), None
    except S3Error as defect:
        return None, defect


def _unwrapped(request: Request) -> tuple[Mapping[str, str], bytes]:
    headers, body, trailers = request.headers, request.body, request.trailers
    if trailers is None:
        _check_length(headers.get("content-length"), body)
        if not is_chunked(headers):
            _check_sha256(headers.get("x-amz-content-sha256", ""), body)
            return headers, body
        body, trailers = unwrap(body)
    _check_length(headers.get("x-amz-decoded-content-length"), body)
    promised = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()]
    if any(name not in trailers for name in promised):
        raise S3Error("MalformedTrailerError")
    return {**without_framing(headers, len(body)), **trailers}, body


def _check_length(declared: str | None, body: bytes) -> None:
    """A body that is not as long as declared is refused; of a longer one S3 would take the rest for another request."""
    digits = _NUMBER.fullmatch(declared.strip()) if declared is not None else None
    if digits and digits[1] != str(len(body)):
        raise S3Error("IncompleteBody")


def _check_sha256(declared: str, body: bytes) -> None:
    """x-amz-content-sha256 is a hash of the body, or a word such as UNSIGNED-PAYLOAD (S3's manual, SigV4)."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", declared):
        return
    computed = hashlib.sha256(body).hexdigest()
    if declared.lower() != computed:
        fields = {"ClientComputedContentSHA256": declared, "S3ComputedContentSHA256": computed}
        raise S3Error("XAmzContentSHA256Mismatch", fields=fields)


def _client_info(request: Request, where: Address) -> ClientInfo:
    signature, forged = _proof(request, where)
    headers = request.headers
    signed = _SCOPE.search(headers.get("authorization", "") or where.query.get("X-Amz-Credential", ""))
    label = headers.get("amz-sdk-request", "")
    attempt, most = _ATTEMPT.search(label), _MOST.search(label)
    return ClientInfo(
        bucket_url=where.bucket_url,
        region=signed["region"] if signed else where.region,
        endpoint_region=where.region,
        is_path_style=where.is_path_style,
        access_key=_access_key(request, where, signed),
        invocation_id=headers.get("amz-sdk-invocation-id"),
        attempt=int(attempt[1]) if attempt else 1,
        max_attempts=int(most[1]) if most else request.max_attempts,
        waited=request.waited,
        proof=signature,
        forged=forged,
    )


def _access_key(request: Request, where: Address, signed: re.Match[str] | None) -> str | None:
    if request.proof is not None:
        return request.proof.access_key or None
    return signed["key"] if signed else _sigv2_key(request.headers, where)


def _sigv2_key(headers: Mapping[str, str], where: Address) -> str | None:
    """``Authorization: AWS AKID:signature``, or the AWSAccessKeyId of a presigned URL."""
    match = _SIGV2.match(headers.get("authorization", ""))
    return match[1] if match else where.query.get("AWSAccessKeyId")
