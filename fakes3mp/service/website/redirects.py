"""The redirects of a website: routing rules, and that of all requests (S3's manual, "Configuring a webpage redirect")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from fakes3mp.wire.website_address import WebsiteAddress

Rule = Mapping[str, Any]
_MOVED_PERMANENTLY = 301  # the default of routing rules
_SAFE = "/~!$&'()*+,;=:@"  # what needs no escape in a path (RFC 3986, section 3.3)


class Redirect(Struct, frozen=True):
    """Where a request is redirected to."""

    status: int
    location: str


def redirect_all(target: Mapping[str, str], address: WebsiteAddress) -> Redirect:
    """The redirect of every request to another host, by the protocol of the request unless one is named."""
    scheme = target.get("Protocol", address.scheme)
    return Redirect(_MOVED_PERMANENTLY, f"{scheme}://{target['HostName']}{address.path}{address.query}")


def find_redirect(rules: Sequence[Rule], address: WebsiteAddress, status: int | None = None) -> Redirect | None:
    """The redirect of the first rule that applies; None if none does.

    ``status`` is that of the error that the request ended with: rules with an HttpErrorCodeReturnedEquals wait for it, all
    others apply before the object is looked up.
    """
    for rule in rules:
        condition = rule.get("Condition", {})
        code = condition.get("HttpErrorCodeReturnedEquals")
        if code == (None if status is None else str(status)) and address.key.startswith(
            condition.get("KeyPrefixEquals", "")
        ):
            return _apply(rule["Redirect"], condition.get("KeyPrefixEquals", ""), address)
    return None


def _apply(redirect: Mapping[str, str], prefix: str, address: WebsiteAddress) -> Redirect:
    """The location of a rule: the request's own, with what the rule replaces. Replacements are not escaped."""
    path = quote(address.key, safe=_SAFE)
    if "ReplaceKeyWith" in redirect:
        path = redirect["ReplaceKeyWith"]
    elif "ReplaceKeyPrefixWith" in redirect:
        path = redirect["ReplaceKeyPrefixWith"] + quote(address.key[len(prefix) :], safe=_SAFE)
    scheme = redirect.get("Protocol", address.scheme)
    site = redirect.get("HostName", f"{address.netloc}{address.root}")
    return Redirect(int(redirect.get("HttpRedirectCode", _MOVED_PERMANENTLY)), f"{scheme}://{site}/{path}")
