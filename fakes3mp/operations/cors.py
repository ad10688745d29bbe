"""Cross-origin resource sharing: the configuration, and what a browser is told because of it.

Not recorded: S3's manual ("Using cross-origin resource sharing"); the wording of the refusals is users' reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import CORS
from fakes3mp.operations.registry import Answer, operation

_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_MOST = 100


@operation("PutBucketCors")
def put_cors(store: Store, *, bucket: str, cors_configuration: Mapping[str, Any]) -> Answer:
    """Replace the rules."""
    place = store.bucket(bucket)
    rules = cors_configuration.get("CORSRules") or ()
    if not 1 <= len(rules) <= _MOST:
        raise S3Error("MalformedXML")
    for rule in rules:
        _check(rule)
    place.configure(CORS, {"CORSRules": list(rules)})
    return {}


def _check(rule: Mapping[str, Any]) -> None:
    if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
        raise S3Error("MalformedXML")
    for method in rule["AllowedMethods"]:
        if method not in _METHODS:
            message = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            raise S3Error("InvalidRequest", message)
    for name in ("AllowedOrigins", "AllowedHeaders"):
        for value in rule.get(name, ()):
            if value.count("*") > 1:
                raise S3Error("InvalidRequest", f'{name[:-1]} "{value}" can not have more than one wildcard.')


@operation("GetBucketCors")
def get_cors(store: Store, *, bucket: str) -> Answer:
    """The rules as they were put."""
    found: Answer | None = store.bucket(bucket).configured(CORS)
    if found is None:
        raise S3Error("NoSuchCORSConfiguration", fields={"BucketName": bucket})
    return found


def allowed(store: Store, bucket: str, origin: str, method: str, headers: Iterable[str] = ()) -> dict[str, str]:
    """The headers that let a page of this origin read the answer; none where no rule fits."""
    place = store.buckets.get(bucket)
    rules = place.configurations.get(CORS, {}).get("CORSRules", ()) if place else ()
    for rule in rules:
        granting = next((each for each in rule["AllowedOrigins"] if fnmatchcase(origin, _literal(each))), None)
        if granting is not None and method in rule["AllowedMethods"] and _all_allowed(rule, headers):
            return _told(rule, "*" if granting == "*" else origin, headers)
    return {}


def _literal(pattern: str) -> str:
    """A pattern in which only the star is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _all_allowed(rule: Mapping[str, Any], headers: Iterable[str]) -> bool:
    patterns = [_literal(each.lower()) for each in rule.get("AllowedHeaders", ())]
    return all(any(fnmatchcase(header.lower(), pattern) for pattern in patterns) for header in headers)


def _told(rule: Mapping[str, Any], origin: str, headers: Iterable[str]) -> dict[str, str]:
    told = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"])}
    if listed := ", ".join(header.lower() for header in headers):
        told["Access-Control-Allow-Headers"] = listed
    if rule.get("ExposeHeaders"):
        told["Access-Control-Expose-Headers"] = ", ".join(rule["ExposeHeaders"])
    if "MaxAgeSeconds" in rule:
        told["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    if origin != "*":
        told["Access-Control-Allow-Credentials"] = "true"
    return {**told, "Vary": _VARY}
