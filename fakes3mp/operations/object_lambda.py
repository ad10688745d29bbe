"""WriteGetObjectResponse: what the function of an Object Lambda access point answers its reader (S3's manual, O356)."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from fakes3mp.core.content import Content
from fakes3mp.core.declared_digests import verify_checksums
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.body_digests import DeclaredChecksums, checksum_members
from fakes3mp.operations.registry import Answer, operation

STATUSES = frozenset((200, 206, 304, 400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503))
_ERROR_CODE = re.compile("[A-Z][a-zA-Z]+")


class ForwardedMembers(Struct, frozen=True):
    """The members of GetObject's answer that the function gives. All are passed on as they are."""

    accept_ranges: Any = None
    cache_control: Any = None
    content_disposition: Any = None
    content_encoding: Any = None
    content_language: Any = None
    content_range: Any = None
    content_type: Any = None
    delete_marker: Any = None
    e_tag: Any = None
    expires: Any = None
    expiration: Any = None
    last_modified: Any = None
    missing_meta: Any = None
    metadata: Any = None
    object_lock_mode: Any = None
    object_lock_legal_hold_status: Any = None
    object_lock_retain_until_date: Any = None
    parts_count: Any = None
    replication_status: Any = None
    request_charged: Any = None
    restore: Any = None
    server_side_encryption: Any = None
    sse_customer_algorithm: Any = None
    ssekms_key_id: Any = None
    sse_customer_key_md5: Any = None
    storage_class: Any = None
    tag_count: Any = None
    version_id: Any = None
    bucket_key_enabled: Any = None


@operation("WriteGetObjectResponse")
def write_get_object_response(
    store: Store,
    *,
    request_route: str,
    request_token: str,
    forwarded: ForwardedMembers,
    checksums: DeclaredChecksums,
    body: Content | None = None,
    content_length: int | None = None,
    status_code: int | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
) -> Answer:
    """Give the reader that waits with this route and token its response; it can be given once."""
    body = body or Content.of(b"")
    awaited = store.awaited_responses.get(request_token)
    if awaited is None or awaited.route != request_route or awaited.members is not None:  # wording not verified
        raise S3Error("InvalidRequest", "The request token is not valid for this route.")
    status = 200 if status_code is None else status_code
    check_status(status, error_code, error_message, has_body=bool(body.size))
    if content_length not in (None, body.size):
        raise S3Error("IncompleteBody")
    declared = verify_checksums(checksums.by_algorithm, body)

    values = {name: value for name, value in asdict(forwarded).items() if value is not None}
    awaited.body = body
    awaited.members = {
        **{MEMBERS[name]: value for name, value in values.items()},
        **checksum_members(declared, typed=False),
        "StatusCode": status,
        "ErrorCode": error_code,
        "ErrorMessage": error_message,
    }
    return {}


def check_status(status: int, code: str | None, message: str | None, *, has_body: bool) -> None:
    """A status that S3's manual lists; a code and a message only for errors without a body (wording not verified)."""
    if status not in STATUSES:
        raise invalid_argument("The status code is not valid.", "x-amz-fwd-status", str(status))
    if code is not None and not _ERROR_CODE.fullmatch(code):
        raise invalid_argument("The error code is not valid.", "x-amz-fwd-error-code", code)
    if (code is not None or message is not None) and (status < 300 or has_body):
        message = "An error cannot be used with a successful status or with a body."
        raise S3Error("InvalidRequest", message)


# parameter -> the member that the reader gets
MEMBERS = {
    name: "".join(word.capitalize() for word in name.split("_"))
    for name in ForwardedMembers.__struct_fields__
    if name not in ("e_tag", "sse_customer_algorithm", "ssekms_key_id", "sse_customer_key_md5")
} | {
    "e_tag": "ETag",
    "sse_customer_algorithm": "SSECustomerAlgorithm",
    "ssekms_key_id": "SSEKMSKeyId",
    "sse_customer_key_md5": "SSECustomerKeyMD5",
}
