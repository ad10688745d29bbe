"""Website hosting: the checks of a WebsiteConfiguration. The website itself is in ``fakes3mp.website``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes3mp.errors import S3Error, invalid_argument

WEBSITE = "WebsiteConfiguration"
_MAX_RULES = 50
_REDIRECT_CODES = ("301", "302", "303", "304", "305", "307", "308")
_PROTOCOL_MESSAGE = (
    "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
)


def validate_website(website_configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Index and error document and routing rules, or a redirect of all requests (O314, O315)."""
    redirect_all = website_configuration.get("RedirectAllRequestsTo")
    if redirect_all is not None:
        if len(website_configuration) > 1:
            message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise invalid_argument(message, "RedirectAllRequestsTo", "not null")
        _check_protocol(redirect_all)
        return dict(website_configuration)
    _check_index_document(website_configuration.get("IndexDocument"))
    error_document = website_configuration.get("ErrorDocument")
    if error_document is not None and not error_document["Key"]:
        raise S3Error("MalformedXML")
    if "RoutingRules" in website_configuration:
        _check_rules(website_configuration["RoutingRules"])
    return dict(website_configuration)


def _check_index_document(document: Mapping[str, Any] | None) -> None:
    if document is None:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise invalid_argument(message, "IndexDocument", "null")
    if not document["Suffix"] or "/" in document["Suffix"]:
        raise invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", document["Suffix"])


def _check_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    if not rules:
        raise S3Error("MalformedXML")
    if len(rules) > _MAX_RULES:
        message = f"the number of routing rules in a website configuration is limited to {_MAX_RULES}."
        raise S3Error("InvalidRequest", f"{len(rules)} routing rules provided, {message}")
    for rule in rules:
        redirect = rule["Redirect"]
        if "ReplaceKeyPrefixWith" in redirect and "ReplaceKeyWith" in redirect:
            message = "You can only define ReplaceKeyPrefix or ReplaceKey but not both."
            raise S3Error("InvalidRequest", message)
        if "Condition" in rule:
            _check_condition(rule["Condition"])
        _check_protocol(redirect)
        _check_redirect_code(redirect.get("HttpRedirectCode"))


def _check_condition(condition: Mapping[str, str]) -> None:
    if not condition:
        message = "To redirect all requests without a condition, the condition element shouldn't be present."
        raise S3Error("InvalidRequest", f"Condition cannot be empty. {message}")
    code = condition.get("HttpErrorCodeReturnedEquals")
    if code is not None and not (code.isascii() and code.isdigit() and 400 <= int(code) < 600):
        message = f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
        raise S3Error("InvalidRequest", message)


def _check_redirect_code(code: str | None) -> None:
    if code is not None and code not in _REDIRECT_CODES:
        message = f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        raise S3Error("InvalidRequest", message)


def _check_protocol(redirect: Mapping[str, str]) -> None:
    if redirect.get("Protocol", "http") not in ("http", "https"):
        raise S3Error("InvalidRequest", _PROTOCOL_MESSAGE)
