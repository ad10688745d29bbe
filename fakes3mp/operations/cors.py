"""Cross-origin resource sharing: the checks of a CORSConfiguration, and the headers that follow from it.

Not recorded: S3's manual ("Using cross-origin resource sharing"); the wording of the errors is from users' reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import CORS, Document

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.1
_MAX_SECONDS = 2**31 - 1  # of a schema's integer
_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_MAX_RULES = 100
_MAX_ID = 255  # characters


def validate_cors(cors_configuration: Mapping[str, Any]) -> Document:
    """The rules by which pages of other origins may read answers."""
    rules = cors_configuration.get("CORSRules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise S3Error("MalformedXML")
    for rule in rules:
        _check_rule(rule)
        _check_numbers(rule)
    return {"CORSRules": list(rules)}


def _check_rule(rule: Mapping[str, Any]) -> None:
    if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
        raise S3Error("MalformedXML")
    for method in rule["AllowedMethods"]:
        if method not in _METHODS:
            message = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            raise S3Error("InvalidRequest", message)
    for member in ("AllowedOrigins", "AllowedHeaders"):
        for pattern in rule.get(member, ()):
            if pattern.count("*") > 1:
                raise S3Error("InvalidRequest", f'{member[:-1]} "{pattern}" can not have more than one wildcard.')
    _check_header_names(rule)


def _check_numbers(rule: Mapping[str, Any]) -> None:
    """The length of a rule's ID, and how long a preflight is cached (S3's manual; the first error is not verified)."""
    if len(rule.get("ID", "")) > _MAX_ID:
        raise S3Error("InvalidArgument", f"ID length should not exceed allowed limit of {_MAX_ID}")
    if abs(rule.get("MaxAgeSeconds", 0)) > _MAX_SECONDS:
        raise S3Error("MalformedXML")


def _check_header_names(rule: Mapping[str, Any]) -> None:
    """Headers to expose are named in full; names have only the characters of header names (O221)."""
    for header in rule.get("ExposeHeaders", ()):
        if "*" in header:
            explanation = "We currently do not support wildcard for ExposeHeader."
            raise S3Error("InvalidRequest", f'ExposeHeader "{header}" contains wildcard. {explanation}')
    for member in ("AllowedHeaders", "ExposeHeaders"):
        for header in rule.get(member, ()):
            if not _HEADER_NAME.fullmatch(header):
                raise S3Error("InvalidRequest", f'{member[:-1]} "{header}" contains invalid character.')


def cors_headers(
    store: Store, bucket_name: str, origin: str, method: str, request_headers: Iterable[str] = ()
) -> dict[str, str]:
    """The headers that let a page of this origin read the answer to a request; none if no rule allows it.

    ``request_headers`` are the names of the headers that the page wants to send. The first rule that allows the origin,
    the method and all of the headers decides.
    """
    bucket = store.buckets.get(bucket_name)
    rules = bucket.configurations.get(CORS, {}).get("CORSRules", ()) if bucket else ()
    for rule in rules:
        matching_origin = next((pattern for pattern in rule["AllowedOrigins"] if _matches(origin, pattern)), None)
        if matching_origin is None or method not in rule["AllowedMethods"]:
            continue
        patterns = [pattern.lower() for pattern in rule.get("AllowedHeaders", ())]
        if all(any(_matches(header.lower(), pattern) for pattern in patterns) for header in request_headers):
            return _rule_headers(rule, "*" if matching_origin == "*" else origin, request_headers)
    return {}


def _matches(text: str, pattern: str) -> bool:
    """Whether a pattern matches in which only the star is special."""
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))


def _rule_headers(rule: Mapping[str, Any], origin: str, request_headers: Iterable[str]) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"]),
    }
    if allowed_headers := ", ".join(header.lower() for header in request_headers):
        headers["Access-Control-Allow-Headers"] = allowed_headers
    if rule.get("ExposeHeaders"):
        headers["Access-Control-Expose-Headers"] = ", ".join(rule["ExposeHeaders"])
    if "MaxAgeSeconds" in rule:
        headers["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    if origin != "*":
        headers["Access-Control-Allow-Credentials"] = "true"
    return {**headers, "Vary": _VARY}
