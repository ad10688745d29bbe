"""The query of presigned URLs: recognising one, and the headers it holds. Signatures are in ``signatures``."""

from __future__ import annotations

from collections.abc import Mapping

_SIGNATURE_PARAMETERS = ("x-amz-signature=", "awsaccesskeyid=")
_CONDITIONS = ("if-match", "if-none-match")
_SIGNING = ("algorithm", "credential", "date", "expires", "security-token", "signature", "signedheaders")
_SIGNING_PARAMETERS = frozenset(f"x-amz-{name}" for name in _SIGNING)


def is_presigned(url: str) -> bool:
    """Whether a URL carries a signature, SigV4 or SigV2.

    >>> is_presigned("https://localhost/k?X-Amz-Signature=0"), is_presigned("https://localhost/k?uploads")
    (True, False)
    """
    query = f"&{url.partition('?')[2].lower()}"
    return any(f"&{parameter}" in query for parameter in _SIGNATURE_PARAMETERS)


def headers_in_query(query: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a presigned query that act as headers (O153, O154); checksums do not (O130)."""
    if not ({"X-Amz-Signature", "Signature"} & query.keys()):
        return {}
    lower_case = {name.lower(): value for name, value in query.items()}
    return {name: value for name, value in lower_case.items() if _acts_as_header(name)}


def _acts_as_header(name: str) -> bool:
    if name in _SIGNING_PARAMETERS or "checksum" in name:
        return False
    return name.startswith("x-amz-") or name in _CONDITIONS
