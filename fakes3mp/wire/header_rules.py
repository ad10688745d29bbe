"""Headers and query parameters that S3 refuses although, or because, the model does not have them for an operation.

The rules of headers are the rows of ``_HEADER_RULES``. Which of them an operation has is worked out once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache

from fakes3mp.digests import ALGORITHMS, UNSUPPORTED_ALGORITHMS
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header
from fakes3mp.wire.aws_chunked import is_chunked
from fakes3mp.wire.model import has_streaming_input, operation_model

Headers = Mapping[str, str]
HeaderCheck = Callable[[Headers, str, str], None]  # all headers, this one's name, its value

CHECKSUM_PREFIX = "x-amz-checksum-"
SDK_ALGORITHM = "x-amz-sdk-checksum-algorithm"
_CHECKSUM_VALUES = frozenset(f"{CHECKSUM_PREFIX}{name.lower()}" for name in (*ALGORITHMS, *UNSUPPORTED_ALGORITHMS))
_CHECKSUM_HEADERS = _CHECKSUM_VALUES | {f"{CHECKSUM_PREFIX}{name}" for name in ("algorithm", "mode", "type")}
_HASH = re.compile("[0-9a-fA-F]{64}")
_TRAILER_WORDS = frozenset(
    f"STREAMING-{signature}-TRAILER"
    for signature in ("UNSIGNED-PAYLOAD", "AWS4-HMAC-SHA256-PAYLOAD", "AWS4-ECDSA-P256-SHA256-PAYLOAD")
)
_CONTENT_SHA256_WORDS = _TRAILER_WORDS | {
    "UNSIGNED-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
}


def is_checksum_value(header: str) -> bool:
    """Whether a header or trailer is the checksum of a body.

    >>> is_checksum_value("x-amz-checksum-crc32"), is_checksum_value("x-amz-checksum-type")
    (True, False)
    """
    return header in _CHECKSUM_VALUES


def check_checksum_header(name: str) -> None:
    """Refuse ``x-amz-checksum-*`` of an algorithm that S3 does not have (O210)."""
    if name not in _CHECKSUM_HEADERS:
        raise S3Error("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.")


def _refuse_copy_source(headers: Headers, name: str, value: str) -> None:
    """O205"""
    raise invalid_argument("You can only specify a copy source header for copy requests.", name, value)


def _refuse_encryption(headers: Headers, name: str, value: str) -> None:
    """O213"""
    raise invalid_argument(f"{name} header is not supported for this operation.", name, value)


def _refuse_transfer_encoding(headers: Headers, name: str, value: str) -> None:
    """A body of unknown length, unless aws-chunked tells it (O207)."""
    if not is_chunked(headers):
        raise not_implemented_header("Transfer-Encoding")


def _check_length(headers: Headers, name: str, value: str) -> None:
    """O208"""
    if not (value.isascii() and value.isdigit()):
        raise S3Error("BadRequest")


def _check_content_sha256(headers: Headers, name: str, value: str) -> None:
    """O216"""
    if value not in _CONTENT_SHA256_WORDS and not _HASH.fullmatch(value):
        words = "UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        raise invalid_argument(f"{name} must be {words}, or a valid sha256 value.", name, value)


def _refuse_trailer(headers: Headers, name: str, value: str) -> None:
    """O305"""
    if value in _TRAILER_WORDS:
        raise S3Error("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.")


def check_sdk_algorithm(headers: Headers, name: str, value: str) -> None:
    """The algorithm that an SDK names must be that of the value or trailer that it sends.

    O210; for documents S3's manual, without the wording.
    """
    wanted = f"{CHECKSUM_PREFIX}{value.lower()}"
    if wanted in headers:
        return
    trailers = [trailer.strip().lower() for trailer in headers.get("x-amz-trailer", "").split(",")]
    declared = [header for header in (*headers, *trailers) if is_checksum_value(header)]
    if not declared:
        raise S3Error(
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
        )
    if wanted not in declared:
        raise S3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")


_EVERY_OPERATION: Collection[str] = ()
_UPLOADS = ("PutObject", "UploadPart")
_COPIES = ("CopyObject", "UploadPartCopy")

# Header, the operations for which it is checked, the check.
_HEADER_RULES: tuple[tuple[str, Collection[str], HeaderCheck], ...] = (
    ("content-length", _EVERY_OPERATION, _check_length),
    ("transfer-encoding", _UPLOADS, _refuse_transfer_encoding),
    ("x-amz-content-sha256", _EVERY_OPERATION, _check_content_sha256),
    (SDK_ALGORITHM, _UPLOADS, check_sdk_algorithm),
    ("x-amz-server-side-encryption", ("GetObject", "HeadObject", "UploadPart", "UploadPartCopy"), _refuse_encryption),
)


@cache
def header_checks(operation: str) -> Mapping[str, tuple[HeaderCheck, ...]]:
    """The checks of an operation's headers, by the header's name."""
    checks: dict[str, tuple[HeaderCheck, ...]] = {}
    for header, operations, check in _HEADER_RULES:
        if operations is _EVERY_OPERATION or operation in operations:
            checks[header] = (check,)
    if operation not in _COPIES:
        checks["x-amz-copy-source"] = (_refuse_copy_source,)
    if not has_streaming_input(operation):
        checks["x-amz-content-sha256"] += (_refuse_trailer,)
    return checks


def unknown_parameter_check(operation: str) -> Callable[[str, str], None]:
    """The check of the query parameters that an operation does not have.

    S3 ignores most of them: SDKs add ``x-id``, users whatever they like to the URLs that they sign (O155).
    """
    model = operation_model(operation)
    names = (
        [str(m.serialization.get("name", "")) for m in model.input_shape.members.values()] if model.input_shape else []
    )
    has_overrides = any(name.startswith("response-") for name in names)
    addresses_bucket = "Bucket" in names

    def check(name: str, value: str) -> None:
        if has_overrides and name.startswith("response-"):
            message = (
                f"{name} is not in the set of overridable response headers. "
                "Please refer to the S3 API documentation for a complete list of overridable response headers."
            )
            raise invalid_argument(message, name, name)  # O204
        if addresses_bucket and name == "versionId":
            raise invalid_argument("This operation does not accept a version-id.", name, value)  # O301

    return check
