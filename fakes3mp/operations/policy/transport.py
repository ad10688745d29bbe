"""How a request was sent: what conditions know of its connection and of its signature."""

from __future__ import annotations

from datetime import datetime, timezone

from fakes3mp.operations.registry import Caller

SIGV4, _SIGV2 = "AWS4-HMAC-SHA256", "AWS"
_TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"


def is_secure(caller: Caller) -> bool:
    """Whether it was sent over HTTPS."""
    return not caller.bucket_url.startswith("http:")


def tls_version(caller: Caller) -> str | None:
    """The version of TLS; S3 accepts no older one, and the fake does not see a newer one."""
    return "1.2" if is_secure(caller) else None


def auth_type(caller: Caller) -> str | None:
    """Where the signature is: in a header, in the query, or in a form; None for an anonymous request."""
    if caller.account is None:
        return None
    if caller.by_form:
        return "POST"
    return "REST-QUERY-STRING" if caller.is_presigned else "REST-HEADER"


def signature_version(caller: Caller) -> str | None:
    """The signature's version, by the names of the manual; None for an anonymous request."""
    if caller.account is None:
        return None
    is_version_2 = "Signature" in caller.query or caller.headers.get("authorization", "").startswith("AWS ")
    return _SIGV2 if is_version_2 else SIGV4


def signature_age(caller: Caller, now: datetime) -> int | None:
    """Milliseconds since the request was signed; None where it does not say when that was."""
    text = caller.query.get("X-Amz-Date") or caller.headers.get("x-amz-date", "")
    try:
        signed = datetime.strptime(text, _TIMESTAMP_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return round((now - signed).total_seconds() * 1000)
