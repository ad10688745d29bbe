"""The records of server access logs: one line for each request (S3's manual, "Amazon S3 server access log format")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from fakes3mp.core.buckets import Bucket
from fakes3mp.errors import S3Error
from fakes3mp.operations.policy import transport
from fakes3mp.operations.registry import Caller
from fakes3mp.wire.quirks import LOG_NAME_PREFIX, success_status
from fakes3mp.wire.response_writer import ResponseIds, output_plan, response_body, write_error
from fakes3mp.wire.routing import log_name_of

if TYPE_CHECKING:
    from fakes3mp.core.lifecycle_actions import LifecycleAction
    from fakes3mp.service.running_call import RunningCall

_NONE = "-"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CIPHER = "ECDHE-RSA-AES128-GCM-SHA256"  # of every record of a request over HTTPS: the fake has none
_COPIES = {"CopyObject": "REST.COPY.OBJECT", "UploadPartCopy": "REST.COPY.PART"}
_WITHOUT_BODY = ("HeadObject", "HeadBucket")


def records_of(call: RunningCall, bucket: Bucket, ids: ResponseIds, now: float) -> Iterator[str]:
    """The records of a call in the log of a bucket: that which it was for, or that of its source (O334)."""
    caller, params = call.caller, call.request.params
    assert caller is not None, "a call that is logged was judged"
    is_source = bucket.name != call.bucket_name
    operation = call.request.operation
    name = _COPIES.get(operation) or log_name_of(operation)
    if call.request.client_info.is_website:
        name = name.replace("REST.", "WEBSITE.", 1)
    key = params.get("Key")
    if is_source:
        name += "_GET"
        key = unquote(str(params["CopySource"]).lstrip("/").partition("?")[0]).partition("/")[2]
    fields = _fields(call, bucket, caller, ids, now)
    yield _line({**fields, "operation": name, "key": _key(key)})
    for deleted in (call.result or {}).get("Deleted", ()) if operation == "DeleteObjects" else ():
        batch = {"operation": "BATCH.DELETE.OBJECT", "key": _key(deleted["Key"]), "status": "204", "bytes": _NONE}
        yield _line({**fields, **batch, "version": deleted.get("VersionId", _NONE)})


def lifecycle_record(action: LifecycleAction, bucket: Bucket, ids: tuple[str, str]) -> str:
    """The record of what a lifecycle rule did."""
    fields = dict.fromkeys(_FIELDS, _NONE)
    return _line(
        {
            **fields,
            "owner": bucket.owner,
            "bucket": bucket.name,
            "time": _time(action.at),
            "requester": "AmazonS3",
            "request": ids[0],
            "operation": _lifecycle_operation(action, bucket),
            "key": _key(action.key),
            "version": action.version_id or _NONE,
            "host": ids[1],
        }
    )


_TRANSITIONS = {
    "STANDARD_IA": "SIA",
    "ONEZONE_IA": "ZIA",
    "INTELLIGENT_TIERING": "INT",
    "GLACIER_IR": "GIR",
    "DEEP_ARCHIVE": "GDA",
}


def _lifecycle_operation(action: LifecycleAction, bucket: Bucket) -> str:
    """``S3.`` and what was done (S3's manual, "Logging requests")."""
    if action.upload_id is not None:
        return "S3.DELETE.UPLOAD"
    if action.storage_class is not None:
        target = _TRANSITIONS.get(action.storage_class)
        return f"S3.TRANSITION_{target}.OBJECT" if target else "S3.TRANSITION.OBJECT"
    if action.action == "Expiration" and bucket.is_versioned:
        return "S3.CREATE.DELETEMARKER"
    return "S3.EXPIRE.OBJECT"


# In the order of the record; those of _QUOTED are in quotes.
_FIELDS = (
    *("owner", "bucket", "time", "ip", "requester", "request", "operation", "key", "uri", "status", "error", "bytes"),
    *("size", "total", "turn_around", "referer", "agent", "version", "host", "signature", "cipher", "authentication"),
    *("host_header", "tls", "access_point", "acl_required"),
)
_QUOTED = frozenset(("uri", "referer", "agent"))


def _line(fields: Mapping[str, str]) -> str:
    return " ".join(f'"{fields[name]}"' if name in _QUOTED else fields[name] for name in _FIELDS)


def _fields(call: RunningCall, bucket: Bucket, caller: Caller, ids: ResponseIds, now: float) -> dict[str, str]:
    """All fields but for the operation and the key."""
    is_secure, milliseconds = transport.is_secure(caller), str(int((now - call.started_at) * 1000))
    error = call.error
    return {
        "owner": bucket.owner,
        "bucket": bucket.name,
        "time": _time(call.started),
        "ip": caller.source_ip,
        "requester": _requester(caller),
        "request": ids.request,
        "uri": _request_uri(call, caller),
        "status": str(_status(call)),
        "error": error.code if error is not None and not error.code.isdigit() else _NONE,
        "bytes": _number(_bytes_sent(call, ids)),
        "size": _number(_object_size(call)),
        "total": milliseconds,
        "turn_around": milliseconds,
        "referer": _text(caller.headers.get("referer")),
        "agent": _text(caller.headers.get("user-agent")),
        "version": str((call.result or {}).get("VersionId") or call.request.params.get("VersionId") or _NONE),
        "host": ids.host,
        "signature": _SIGNATURES.get(transport.signature_version(caller), _NONE),
        "cipher": _CIPHER if is_secure else _NONE,
        "authentication": _AUTHENTICATIONS.get(transport.auth_type(caller), _NONE),
        "host_header": caller.headers.get("host") or urlsplit(caller.bucket_url).netloc or _NONE,
        "tls": "TLSv1.2" if is_secure else _NONE,
        "access_point": caller.access_point or _NONE,
        "acl_required": "Yes" if any(line.endswith("ACL") for line in caller.decisions) else _NONE,
    }


_SIGNATURES: Mapping[str | None, str] = {transport.SIGV4: "SigV4", "AWS": "SigV2"}
_AUTHENTICATIONS: Mapping[str | None, str] = {"REST-HEADER": "AuthHeader", "REST-QUERY-STRING": "QueryString"}


def _time(time: datetime) -> str:
    """``[06/Feb/2019:00:00:38 +0000]``, in English whatever the locale."""
    utc = time.astimezone(timezone.utc)
    return f"[{utc:%d}/{_MONTHS[utc.month - 1]}/{utc:%Y:%H:%M:%S} +0000]"


def _requester(caller: Caller) -> str:
    """The canonical id of an account, the ARN of a user or role, or nothing for anonymous callers."""
    if caller.account is None:
        return _NONE
    return caller.id if caller.identity is None else caller.identity.arn


def _key(key: str | None) -> str:
    return _NONE if not key else quote(key, safe="/~", errors="surrogatepass")


def _request_uri(call: RunningCall, caller: Caller) -> str:
    """The request line. A call without HTTP has one too: that which its client would have sent."""
    operation = call.request.operation
    is_log_name = operation.startswith(LOG_NAME_PREFIX)  # of a request that means no operation: REST.DELETE.ACL
    method = operation.split(".")[1] if is_log_name else output_plan(operation).method
    path, key = urlsplit(caller.bucket_url).path, call.request.params.get("Key")
    if key:
        path += f"/{_key(key)}"
    pairs = (quote(name) if value == "" else f"{quote(name)}={quote(value)}" for name, value in caller.query.items())
    query = "&".join(pairs)
    return f"{method} {path or '/'}{f'?{query}' if query else ''} HTTP/1.1"


def _status(call: RunningCall) -> int:
    if call.error is not None:
        return call.error.status
    plan = output_plan(call.request.operation)
    return success_status(call.request.operation, call.result or {}, plan.status)


def _bytes_sent(call: RunningCall, ids: ResponseIds) -> int | None:
    """The length of the response's body."""
    operation = call.request.operation
    if operation in _WITHOUT_BODY or call.connection_failure is not None:
        return None
    if call.error is not None:
        return _error_size(call.error, ids)
    return response_body(operation, call.result or {}).size


def _error_size(error: S3Error, ids: ResponseIds) -> int:
    return write_error(error, "GET", ids).body.size


def _object_size(call: RunningCall) -> int | None:
    """The size of the object that was read or written."""
    if call.body is not None:
        return call.body.size
    result: Mapping[str, Any] = call.result or {}
    total = str(result.get("ContentRange", "")).partition("/")[2]
    size = int(total) if total else result.get("ContentLength")
    return size if isinstance(size, int) else None


def _number(value: int | None) -> str:
    return str(value) if value else _NONE


def _text(value: str | None) -> str:
    """A header in quotes; its own quotes are escaped."""
    return _NONE if not value else quote(value, safe="/~!$&'()*+,;=:@?#[]{}|<>^` ")
