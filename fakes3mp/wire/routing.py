"""Which operation a request means: its method, what it addresses, its query parameters and headers.

A request addresses the service, a bucket, an object, or one sub-resource of a bucket or object (``?acl``). It means an
operation only if no query parameter in it belongs to another one (O202). The tables are made from the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire.addressing import Address
from fakes3mp.wire.model import operation_model, service_model
from fakes3mp.wire.quirks import LOG_NAME_PREFIX, RESOURCE_TYPES, SHADOWED_OPERATIONS

_SERVICE, _BUCKET, _OBJECT = 0, 1, 2  # how deep a path is
_PLAIN_TYPES = ("SERVICE", "BUCKET", "OBJECT")
_METHODS = frozenset(("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"))  # which S3 parses (O302)

# Query parameters that name a sub-resource although the model has them as parameters.
_UPLOAD, _PART_NUMBER = "uploadId", "partNumber"
_PART = f"{_PART_NUMBER}&{_UPLOAD}"


_WRITE_RESPONSE, _ROUTE_HEADER = "WriteGetObjectResponse", "x-amz-request-route"


class Route(Struct, frozen=True):
    """What a request to a resource must have, besides its method, to mean an operation."""

    operation: str
    values: tuple[tuple[str, str], ...]  # query parameters with the value that the model's URI has: list-type=2
    query: tuple[str, ...]  # query parameters that the input shape requires
    headers: tuple[str, ...]  # headers that the input shape requires

    @property
    def condition_count(self) -> int:
        """How many query parameters and headers a request must have."""
        return len(self.values) + len(self.query) + len(self.headers)

    def matches(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a request with the route's method to the route's resource means the operation."""
        return (
            all(query.get(name) == value for name, value in self.values)
            and all(name in query for name in self.query)
            and all(name in headers for name in self.headers)
        )


class Resource(Struct, frozen=True):
    """What a request can address, and its routes by method, those with the most conditions first."""

    type: str  # as S3 names it in errors
    depth: int
    selector: str  # the query parameter that names a sub-resource; empty for the bucket, the object, the service
    routes: Mapping[str, tuple[Route, ...]]

    def method_not_allowed(self, method: str) -> S3Error:
        """The error for a method that the resource does not take; ``Allow`` has the others in the model's order (O201)."""
        fields = {"Method": method, "ResourceType": self.type}
        return S3Error("MethodNotAllowed", fields=fields, headers={"Allow": ", ".join(self.routes)})


def route(method: str, address: Address, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The name of the operation that a request means, and its parameters in the path.

    Raises S3Error where it means none: 405 with ``Allow``, or 400.
    """
    if address.service != "s3":
        if address.service == "s3control":
            return _control_route(method, address.key or "")
        if method == "GET" and address.bucket is None:
            return "ListDirectoryBuckets", {}
    depth = _depth_of(address)
    if method == "POST" and _ROUTE_HEADER in headers and _WRITE_RESPONSE in (address.bucket, address.key):
        return _WRITE_RESPONSE, {}  # the path is that, the host may begin with the route
    query, key = address.query, address.key or ""
    check_key(key)
    resource = _find_resource(method, depth, query) if query else resources()[depth, ""]
    for candidate in resource.routes.get(method, ()):
        if candidate.matches(query, headers):
            return candidate.operation, {"Bucket": address.bucket or "", "Key": key}
    raise _refusal(method, resource, query)


def log_name(method: str, address: Address) -> str:
    """What S3's server access log calls a request: ``REST.PUT.ACL``. It has a name without meaning an operation."""
    depth = _depth_of(address)
    try:
        resource_type = addressed_resource(depth, frozenset(address.query)).type
    except S3Error:  # two sub-resources
        resource_type = _PLAIN_TYPES[depth]
    return f"{LOG_NAME_PREFIX}{method}.{resource_type}"


@cache
def log_name_of(operation: str) -> str:
    """The name of an operation in S3's server access log: ``REST.GET.OBJECT``.

    >>> log_name_of("ListParts"), log_name_of("PutBucketPolicy")
    ('REST.GET.UPLOAD', 'REST.PUT.BUCKETPOLICY')
    """
    name = SHADOWED_OPERATIONS.get(operation, operation)
    for resource in resources().values():
        for method, routes in resource.routes.items():
            if any(candidate.operation == name for candidate in routes):
                return f"{LOG_NAME_PREFIX}{method}.{resource.type}"
    return operation if operation.startswith(LOG_NAME_PREFIX) else f"{LOG_NAME_PREFIX}{operation}"


def _depth_of(address: Address) -> int:
    return _SERVICE if address.bucket is None else _BUCKET if address.key is None else _OBJECT


def _find_resource(method: str, depth: int, query: Mapping[str, str]) -> Resource:
    """The addressed resource; raises S3Error for a sub-resource of another kind, and for a part number alone."""
    resource = addressed_resource(depth, frozenset(query))
    if resource.depth != depth:
        raise _foreign_error(method, resource)
    if _PART_NUMBER in query and not resource.selector and (depth == _BUCKET or method not in ("GET", "HEAD")):
        raise _part_number_error(depth)
    return resource


def check_key(key: str) -> None:
    """Refuse a key whose ``..`` segments, read from the left, outnumber the others: 400 without a document (O206)."""
    if ".." not in key:
        return
    depth = 0
    for segment in key.split("/"):
        depth += -1 if segment == ".." else 1
        if depth < 0:
            raise S3Error("400")


def _refusal(method: str, resource: Resource, query: Mapping[str, str]) -> S3Error:
    if method not in _METHODS:
        return S3Error("BadRequest")  # O302
    if (method, resource.selector, resource.depth) == ("GET", "uploads", _OBJECT):
        return S3Error("InvalidRequest", "Key is not expected for the GET method ?uploads subresource")  # O303
    if method not in resource.routes:
        return resource.method_not_allowed(method)
    required = resource.routes[method][-1]  # only a parameter is missing; wording not verified
    names = [*required.query, *(name for name, _ in required.values)]
    name = next((name for name in names if name not in query), names[-1] if names else resource.selector)
    return invalid_argument(f"Missing parameter: {name}", name)


def _foreign_error(method: str, resource: Resource) -> S3Error:
    """The error for a bucket's sub-resource at a key, or an object's at a bucket (O203, O304).

    The wording is verified for versions, logging and uploadId.
    """
    if method not in resource.routes:
        return _refusal(method, resource, {})
    if resource.depth == _OBJECT:
        return S3Error("InvalidRequest", "A key must be specified")
    if resource.selector == "logging":
        return S3Error("NoLoggingStatusForKey")
    return S3Error("InvalidRequest", f"There is no such thing as the ?{resource.selector} sub-resource for a key")


def _part_number_error(depth: int) -> S3Error:
    """O200; at a bucket's path O304."""
    if depth == _BUCKET:
        return S3Error("InvalidRequest", "Object must have a valid key name.")
    message = "This operation does not accept partNumber without uploadId"
    return invalid_argument(message, _PART_NUMBER, _PART_NUMBER)


@lru_cache(maxsize=1024)
def addressed_resource(depth: int, names: frozenset[str]) -> Resource:
    """The resource that a path of this depth with query parameters of these names addresses.

    Its ``depth`` differs where the sub-resource is one of buckets and the path that of an object, or the other way round.
    Raises InvalidArgument for two sub-resources (O300).
    """
    if depth == _SERVICE:
        return resources()[_SERVICE, ""]  # which ignores all of them (O302)
    selected = sorted(names & selectors())
    if _PART_NUMBER in names and selected:
        selected = [_PART] if selected == [_UPLOAD] else sorted([*selected, _PART_NUMBER])
    if len(selected) > 1:
        message = f"Conflicting query string parameters: {', '.join(selected)}"
        raise invalid_argument(message, "ResourceType", selected[0])
    selector = selected[0] if selected else ""
    other_depth = _OBJECT if depth == _BUCKET else _BUCKET
    return resources().get((depth, selector)) or resources()[other_depth, selector]


@cache
def selectors() -> frozenset[str]:
    """The query parameters that name a sub-resource."""
    return frozenset(selector for _, selector in resources() if selector and selector != _PART)


@cache
def resources() -> Mapping[tuple[int, str], Resource]:
    """(depth, query parameter that names the sub-resource or "") -> the resource."""
    routes: dict[tuple[int, str], dict[str, list[Route]]] = {}
    for name in service_model().operation_names:
        if name not in SHADOWED_OPERATIONS and name != _WRITE_RESPONSE:
            http = operation_model(name).http
            path, _, uri_query = http["requestUri"].partition("?")
            selector, candidate = _route(name, uri_query)
            routes.setdefault((_depth(path), selector), {}).setdefault(http["method"], []).append(candidate)
    return {
        (depth, selector): Resource(
            _PLAIN_TYPES[depth] if not selector else _type(depth, selector),
            depth,
            selector,
            {method: _sorted_routes(candidates) for method, candidates in by_method.items()},
        )
        for (depth, selector), by_method in routes.items()
    }


def _depth(path: str) -> int:
    return _OBJECT if "{Key" in path else _BUCKET if path != "/" else _SERVICE


def _route(name: str, uri_query: str) -> tuple[str, Route]:
    """The sub-resource that an operation belongs to, or "", and its route."""
    shape = operation_model(name).input_shape
    required = [shape.members[member] for member in shape.required_members] if shape else []
    locations = [(member.serialization.get("location"), member.serialization.get("name", "")) for member in required]
    query = tuple(wire_name for location, wire_name in locations if location == "querystring")
    headers = tuple(wire_name.lower() for location, wire_name in locations if location == "header")
    pairs = [pair.partition("=")[::2] for pair in uri_query.split("&") if pair and not pair.startswith("x-id=")]
    values = tuple((key, value) for key, value in pairs if value)
    selector = next((key for key, value in pairs if not value), "")
    if _UPLOAD in query:
        selector = _PART if _PART_NUMBER in query else _UPLOAD
        query = ()
    return selector, Route(name, values, query, headers)


def _sorted_routes(candidates: list[Route]) -> tuple[Route, ...]:
    """A required header routes only where nothing else distinguishes two operations (CopyObject, PutObject)."""
    conditions = [(candidate.values, candidate.query) for candidate in candidates]
    routes = [
        candidate if conditions.count(condition) > 1 else Route(candidate.operation, *condition, ())
        for candidate, condition in zip(candidates, conditions, strict=True)
    ]
    return tuple(sorted(routes, key=lambda candidate: -candidate.condition_count))


def _type(depth: int, selector: str) -> str:
    """A sub-resource's name in errors: ``requestPayment`` is REQUEST_PAYMENT."""
    default = re.sub("(?<=[a-z])(?=[A-Z])|-", "_", selector).upper()
    return RESOURCE_TYPES.get((depth, selector), RESOURCE_TYPES.get((None, selector), default))


_LABEL = re.compile(r"\{(\w+)(\+?)\}")


@cache
def _control_routes() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """S3 Control's operations: method, name, and the pattern of the path with its parameters as groups."""
    model = service_model("s3control")
    uris = {name: model.operation_model(name).http["requestUri"].partition("?")[0] for name in model.operation_names}
    # Those with the most text that is fixed come first: /mrap/instances/{name+}/policy before /mrap/instances/{name+}.
    names = sorted(uris, key=lambda name: -len(_LABEL.sub("", uris[name])))
    return tuple(
        (model.operation_model(name).http["method"], f"s3control.{name}", _pattern(uris[name])) for name in names
    )


def _pattern(uri: str) -> re.Pattern[str]:
    """The pattern of a path: a label matches one segment, a greedy one (``{name+}``) one or several."""
    pieces = _LABEL.split(uri)  # fixed text, label, plus, fixed text, ...
    expression = re.escape(pieces[0])
    for name, plus, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        expression += f"(?P<{name}>{'.+' if plus else '[^/]+'})" + re.escape(text)
    return re.compile(expression, re.DOTALL)


def _control_route(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    for route_method, name, pattern in _control_routes():
        match = pattern.fullmatch(path) if route_method == method else None
        if match is not None:
            return name, match.groupdict()
    raise S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": "SERVICE"})
