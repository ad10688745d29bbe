"""What botocore makes of a client's settings: addresses and checksums of its calls, worked out once for all equal clients.

botocore itself is asked, with a bucket's name that stands for all plain names. Undocumented parts:

* ``EndpointRulesetResolver``: ``_builtins``, ``_client_context``, ``_param_definitions``, ``_use_ssl``,
  ``_requested_auth_scheme``;
* ``BaseClient._resolve_endpoint_ruleset``, ``resolve_checksum_context``, ``_handle_request_validation_mode_member``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import botocore.handlers
from botocore.client import BaseClient
from botocore.httpchecksum import resolve_checksum_context
from botocore.regions import EndpointRulesetResolver
from botocore.validate import ParamValidationDecorator
from msgspec import Struct

from fakes3mp.digests import ALGORITHMS
from fakes3mp.wire.addressing import parse_address
from fakes3mp.wire.client_params import CallPlan, call_plan
from fakes3mp.wire.model import operation_names

# A name for which botocore's rules do nothing but put it into the URL: no dots, no capitals, no suffix with a meaning.
_is_plain = re.compile("(?!.*(?:--|-s3alias))[a-z0-9][a-z0-9-]{1,61}[a-z0-9]").fullmatch
_PLAIN_NAME = "plain-bucket-name"


class CallAddress(Struct, frozen=True):
    """Where botocore sends the calls of an operation in a bucket, and for which region it signs them."""

    url: str
    bucket_url: str
    endpoint_region: str | None
    signing_region: str | None
    is_path_style: bool


class CallSettings(Struct, frozen=True):
    """What is the same for all calls of an operation with parameters of the same names."""

    plan: CallPlan
    algorithm: str | None  # of the checksum that the client computes of an object's bytes
    checksum_member: str  # the parameter that holds it
    added_headers: Mapping[str, str]  # parameters that the client adds, in headers
    added_query: Mapping[str, str]  # and in the query
    checksum_context: Mapping[str, Any]  # botocore's, for the response


class ClientSettings:
    """The settings of clients that are equal in all that decides what their calls look like."""

    def __init__(self) -> None:
        self._addresses: dict[tuple[str, str | None], CallAddress | None] = {}
        self._templates: dict[
            str, tuple[str, str | None] | None
        ] = {}  # operation -> its URL for the plain name, region
        self._calls: dict[tuple[Any, ...], CallSettings | None] = {}

    def address(self, client: Any, operation: str, bucket: Any) -> CallAddress | None:
        """The address; None where botocore's rules might do more than put the bucket's name into the URL."""
        if bucket is not None and type(bucket) is not str:
            return None
        key = (operation, bucket)
        try:
            return self._addresses[key]
        except KeyError:
            address = self._find_address(client, operation, bucket)
            if len(self._addresses) < _MAX_KEPT:
                self._addresses[key] = address
            return address

    def _find_address(self, client: Any, operation: str, bucket: str | None) -> CallAddress | None:
        if bucket is not None and not _is_plain(bucket):
            return None
        if operation not in self._templates:
            self._templates[operation] = _resolve_endpoint(client, operation)
        template = self._templates[operation]
        if template is None:
            return None
        url = template[0].replace(_PLAIN_NAME, bucket or _PLAIN_NAME)
        address = parse_address(f"{url}/", client._endpoint.host)
        if address.service != "s3" or address.bucket != bucket or address.key is not None:
            return None
        signing_region = template[1] or client._request_signer.region_name
        return CallAddress(url, address.bucket_url, address.region, signing_region, address.is_path_style)

    def call(self, client: Any, operation: str, params: Mapping[str, Any]) -> CallSettings | None:
        """The settings of a call; None where it needs HTTP."""
        algorithm = params.get("ChecksumAlgorithm")
        key = (operation, algorithm, *params)
        try:
            return self._calls[key]
        except KeyError:
            settings = _call_settings(client, operation, params)
        except TypeError:  # not hashable
            return None
        if len(self._calls) < _MAX_KEPT:
            self._calls[key] = settings
        return settings


_MAX_KEPT = 10_000


def client_settings(client: Any) -> ClientSettings | None:
    """The settings of a client; None for one whose calls may look otherwise than those of most clients."""
    config, resolver, serializer = client.meta.config, client._ruleset_resolver, client._serializer
    if (
        not isinstance(client, BaseClient)
        or type(resolver) is not EndpointRulesetResolver
        or type(serializer) is not ParamValidationDecorator
        or config.signature_version != "s3v4"
        or getattr(config, "auth_scheme_preference", None)
    ):
        return None
    return _equal_settings(_decisive_values(client, config, resolver))


@lru_cache(maxsize=64)
def _equal_settings(values: tuple[Any, ...]) -> ClientSettings:
    return ClientSettings()


def _decisive_values(client: Any, config: Any, resolver: Any) -> tuple[Any, ...]:
    """All that decides what the calls of a client look like, as far as settings do."""
    builtins = {definition.builtin for definition in resolver._param_definitions.values() if definition.builtin}
    return (
        *(repr(resolver._builtins.get(builtin)) for builtin in sorted(builtins, key=str)),
        repr(resolver._client_context),
        resolver._use_ssl,
        repr(resolver._requested_auth_scheme),
        client._endpoint.host,
        client.meta.region_name,
        client._request_signer.region_name,
        repr(config.s3),
        getattr(config, "request_checksum_calculation", None),
        getattr(config, "response_checksum_validation", None),
    )


def _resolve_endpoint(client: Any, operation: str) -> tuple[str, str | None] | None:
    """The URL of a bucket with the plain name, and the region to sign for; None where there is more to it."""
    model = client._service_model.operation_model(operation)
    members = model.input_shape.members if model.input_shape else {}
    context = request_context(client, model)
    params = {"Bucket": _PLAIN_NAME} if "Bucket" in members else {}
    url, headers, properties = client._resolve_endpoint_ruleset(model, params, context)
    if headers or properties.get("backend") or context["auth_type"] != "v4":
        return None
    return url, context.get("signing", {}).get("region")


def request_context(client: Any, model: Any) -> dict[str, Any]:
    """The context that botocore gives a call."""
    return {
        "client_region": client.meta.region_name,
        "client_config": client.meta.config,
        "has_streaming_input": model.has_streaming_input,
        "auth_type": model.auth_type,
    }


def _call_settings(client: Any, operation: str, params: Mapping[str, Any]) -> CallSettings | None:
    if operation not in client._service_model.operation_names or operation not in operation_names("s3"):
        return None
    plan = call_plan(operation, tuple(params))
    if plan is None or not isinstance(params.get("ChecksumAlgorithm", ""), str):
        return None
    model = client._service_model.operation_model(operation)
    added_headers = _checksum_mode(client, model, params)
    checksum = _checksum_context(client, model, plan, {**params, **added_headers})
    algorithm = _algorithm(checksum)
    if algorithm is not None and algorithm not in ALGORITHMS:
        return None
    if "request_algorithm_header" in checksum:
        added_headers["ChecksumAlgorithm"] = checksum["request_algorithm_header"]["value"]
    return CallSettings(
        plan,
        algorithm=algorithm if plan.streamed else None,
        checksum_member=ALGORITHMS[algorithm].member if algorithm else "",
        added_headers=added_headers,
        added_query={"EncodingType": "url"} if operation in _ENCODED_LISTS and "EncodingType" not in params else {},
        checksum_context={name: value for name, value in checksum.items() if name == "response_algorithms"},
    )


def _checksum_mode(client: Any, model: Any, params: Mapping[str, Any]) -> dict[str, str]:
    """The parameter with which a client asks for checksums in responses, as botocore's handler adds it."""
    added: dict[str, Any] = {}
    add_mode: Any = vars(botocore.handlers)["_handle_request_validation_mode_member"]
    add_mode(added, model, context={"client_config": client.meta.config})
    return {name: value for name, value in added.items() if name not in params}


def _algorithm(checksum: Mapping[str, Any]) -> str | None:
    """The checksum's algorithm that botocore has chosen; no algorithm's name where it would not be done here."""
    chosen = checksum.get("request_algorithm")
    if chosen is None:
        return None
    return str(chosen["algorithm"]).upper() if isinstance(chosen, dict) else str(chosen)


_ENCODED_LISTS = ("ListObjectVersions", "ListObjects", "ListObjectsV2")


def _checksum_context(client: Any, model: Any, plan: CallPlan, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The checksum that botocore would compute of a request, and those that it would check of the response."""
    if model.input_shape is None:
        return {}
    headers = {str(model.input_shape.members[name].serialization.get("name", "")): "" for name, _ in plan.head}
    request = {"url": client._endpoint.host, "headers": headers, "context": request_context(client, model)}
    try:
        resolve_checksum_context(request, model, params)
    except Exception:  # of an unknown algorithm: botocore itself is to raise it
        return {"request_algorithm": "unknown"}
    checksum: Mapping[str, Any] = request["context"].get("checksum", {})
    return checksum
