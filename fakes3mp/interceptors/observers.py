"""Whether anybody would notice that what botocore does before ``before-call`` is skipped: listeners, patches, logs.

Undocumented attributes of botocore: ``HierarchicalEmitter._handlers.prefix_search``, and ``_lookup_cache``, a new
dictionary after every change of handlers.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any
from weakref import ref

from botocore.client import BaseClient
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.regions import EndpointRulesetResolver
from botocore.validate import ParamValidationDecorator, ParamValidator

_EARLY_EVENTS = ("provide-client-params", "before-parameter-build", "before-endpoint-resolution", "before-call")
_LAST_EVENT = "after-call"

# botocore's handlers of the early events and of ``before-call``. ``client_settings`` and ``wire.client_params`` do what
# they do, or leave the call to them.
_EARLY_HANDLERS = frozenset(
    (
        *("validate_ascii_metadata", "sse_md5", "copy_source_sse_md5", "convert_body_to_file_like_object"),
        *("validate_bucket_name", "remove_bucket_from_url_paths_from_model", "generate_idempotent_uuid"),
        *("handle_copy_source_param", "set_list_objects_encoding_type_url", "_handle_request_validation_mode_member"),
        *("S3RegionRedirectorv2.annotate_request_context", "ClientCreator._inject_s3_input_parameters"),
        *("customize_endpoint_resolver_builtins", "S3RegionRedirectorv2.redirect_from_cache"),
        *("add_expect_header", "escape_xml_payload", "S3ExpressIdentityResolver.apply_signing_cache_key"),
        *("add_recursion_detection_header", "inject_api_version_header_if_needed"),
        "add_query_compatibility_header",  # until botocore 1.37; it does nothing for S3
    )
)
# Its handlers of ``after-call``, which are called all the same.
_LAST_HANDLERS = frozenset(
    (
        *("RetryQuotaChecker.release_retry_quota", "decode_list_object", "decode_list_object_v2"),
        "decode_list_object_versions",
    )
)

_LOGGERS = tuple(
    logging.getLogger(f"botocore.{name}")
    for name in ("endpoint", "hooks", "client", "regions", "handlers", "parsers", "httpchecksum", "utils", "auth")
)


class ClientObservers:
    """Those who could observe the calls of one client."""

    def __init__(self, client: Any) -> None:
        self._client = ref(client)
        self._parts = _parts(client)
        self._emitter = client.meta.events._emitter
        # The emitter's cache at the time of the verdicts; operation -> verdict.
        self._verdicts: tuple[Any, dict[str, tuple[Any, ...] | None]] = None, {}

    def last_handlers(self, operation: str) -> tuple[Any, ...] | None:
        """The handlers of ``after-call``; None where anybody but botocore and us listens to the events of a call."""
        lookup_cache, verdicts = self._verdicts
        if lookup_cache is not self._emitter._lookup_cache:
            lookup_cache, verdicts = self._verdicts = self._emitter._lookup_cache, {}
        if operation not in verdicts:
            verdicts[operation] = self._find_last_handlers(operation)
        return verdicts[operation]

    def _find_last_handlers(self, operation: str) -> tuple[Any, ...] | None:
        early = [handler for event in _EARLY_EVENTS for handler in self._handlers(event, operation)]
        last = tuple(self._handlers(_LAST_EVENT, operation))
        are_known = all(_is_known(handler, _EARLY_HANDLERS) for handler in early) and all(
            _is_known(handler, _LAST_HANDLERS) for handler in last
        )
        return last if are_known else None

    def _handlers(self, event: str, operation: str) -> Any:
        return self._emitter._handlers.prefix_search(f"{event}.s3.{operation}")

    def is_unpatched(self) -> bool:
        """Whether nobody has replaced a part or a method of this very client."""
        client: Any = self._client()
        return _parts(client) == self._parts and _CLIENT_METHODS.isdisjoint(vars(client))


def _parts(client: Any) -> tuple[Any, ...]:
    return client._endpoint, client._serializer, client._request_signer, client._ruleset_resolver


def _is_known(handler: Any, names: frozenset[str]) -> bool:
    """Whether a handler is ours, or one of botocore's of these names."""
    module = str(getattr(handler, "__module__", None) or type(handler).__module__)
    if module.startswith("fakes3mp.interceptors."):
        return True
    return module.startswith("botocore.") and getattr(handler, "__qualname__", "") in names


def is_silent() -> bool:
    """Whether nothing is logged that skipped code would have logged."""
    return not any(logger.isEnabledFor(logging.DEBUG) for logger in _LOGGERS)


# The functions of botocore's that are not run: (owner, names).
_SKIPPED_FUNCTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (BaseClient, ("_emit_api_params", "_resolve_endpoint_ruleset", "_convert_to_request_dict")),
    (sys.modules[BaseClient.__module__], ("prepare_request_dict", "resolve_checksum_context")),
    (EndpointRulesetResolver, ("construct_endpoint",)),
    (ParamValidationDecorator, ("serialize_to_request",)),
    (ParamValidator, ("validate",)),
    (EventAliaser, ("emit", "emit_until_response")),
    (HierarchicalEmitter, ("_emit",)),
)
_PLACES = tuple((owner, name) for owner, names in _SKIPPED_FUNCTIONS for name in names)
_CLIENT_METHODS = frozenset(
    ("_make_request", *(name for owner, names in _SKIPPED_FUNCTIONS if owner is BaseClient for name in names))
)


class PatchCheck:
    """Whether nobody, such as a test's spy, has patched the functions of botocore's that are skipped.

    ``is_plain`` says it of one function.
    """

    def __init__(self, is_plain: Callable[[Any], bool]) -> None:
        self._is_plain = is_plain
        self._checked: tuple[list[Any], bool] = [], False  # the functions, and whether all of them are unpatched

    def is_unpatched(self) -> bool:
        """Whether all of them are botocore's own, or the ones that we put in their places."""
        functions = [getattr(owner, name, None) for owner, name in _PLACES]
        if functions != self._checked[0]:
            self._checked = functions, all(map(self._is_plain, functions))
        return self._checked[1]
