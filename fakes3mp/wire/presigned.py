"""Presigned URLs: what makes one, and what in its query acts as a header.

What may live here: reading a URL's query. Whether its signature is right is signing's business.
"""

from __future__ import annotations

from collections.abc import Mapping

_MARKS = ("x-amz-signature=", "awsaccesskeyid=")
_CONDITIONS = ("if-match", "if-none-match")
_SIGNING = ("algorithm", "credential", "date", "expires", "security-token", "signature", "signedheaders")
_AUTH = frozenset(f"x-amz-{name}" for name in _SIGNING)


def is_presigned(url: str) -> bool:
    """Whether a URL carries a signature, of either kind.

    >>> is_presigned("https://localhost/k?X-Amz-Signature=0"), is_presigned("https://localhost/k?uploads")
    (True, False)
    """
    query = f"&{url.partition('?')[2].lower()}"
    return any(f"&{mark}" in query for mark in _MARKS)


def hoisted(query: Mapping[str, str]) -> dict[str, str]:
    """What stands in a presigned query and acts as a header (O153, O154); checksums there do not (O130)."""
    if not ({"X-Amz-Signature", "Signature"} & query.keys()):
        return {}
    lowered = {name.lower(): value for name, value in query.items()}
    return {name: value for name, value in lowered.items() if _acts_as_header(name)}


def _acts_as_header(name: str) -> bool:
    if name in _AUTH or "checksum" in name:
        return False
    return name.startswith("x-amz-") or name in _CONDITIONS
