"""Which operation a request means, by its method, the depth of its path, query parameters and headers.

The table of routes is made from the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address
from fakes3mp.wire.model import operation_model, service_model
from fakes3mp.wire.quirks import SHADOWED_OPERATIONS

_RESOURCES = ("SERVICE", "BUCKET", "OBJECT")


class Route(Struct, frozen=True):
    """What a request must have to mean an operation."""

    operation: str
    uri_query: tuple[tuple[str, str], ...]  # query parameters in the model's URI, with their value or ""
    query: tuple[str, ...]  # query parameters that the input shape requires
    headers: tuple[str, ...]  # headers that the input shape requires

    @property
    def condition_count(self) -> int:
        """How many query parameters and headers a request must have."""
        return len(self.uri_query) + len(self.query) + len(self.headers)

    def matches(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a request with the route's method and depth means the operation."""
        return (
            all(name in query and (not value or query[name] == value) for name, value in self.uri_query)
            and all(name in query for name in self.query)
            and all(name in headers for name in self.headers)
        )


@cache
def routes() -> Mapping[tuple[str, int], tuple[Route, ...]]:
    """(method, depth of the path) -> the routes with them, those with the most conditions first."""
    table: dict[tuple[str, int], list[Route]] = {}
    for name in service_model().operation_names:
        if name not in SHADOWED_OPERATIONS:
            http = operation_model(name).http
            path = http["requestUri"].partition("?")[0]
            table.setdefault((http["method"], _depth(path)), []).append(_route(name))
    for candidates in table.values():
        candidates.sort(key=lambda route: -route.condition_count)
    return {method_and_depth: _with_needed_headers(candidates) for method_and_depth, candidates in table.items()}


@cache
def bare_routes() -> Mapping[tuple[str, int], tuple[Route, ...]]:
    """The routes of requests without query parameters, which most requests are."""
    return {
        method_and_depth: tuple(route for route in candidates if not route.uri_query and not route.query)
        for method_and_depth, candidates in routes().items()
    }


def _depth(path: str) -> int:
    """0 for the service, 1 for a bucket, 2 for an object."""
    return 2 if "{Key" in path else 1 if path != "/" else 0


def _route(name: str) -> Route:
    model = operation_model(name)
    _, _, uri_query = model.http["requestUri"].partition("?")
    shape = model.input_shape
    required = [shape.members[member] for member in shape.required_members] if shape else []
    locations = [(member.serialization.get("location"), member.serialization.get("name", "")) for member in required]
    pairs = [pair.partition("=") for pair in uri_query.split("&") if pair]
    return Route(
        name,
        tuple((key, value) for key, _, value in pairs),
        tuple(wire_name for location, wire_name in locations if location == "querystring"),
        tuple(wire_name.lower() for location, wire_name in locations if location == "header"),
    )


def _with_needed_headers(candidates: list[Route]) -> tuple[Route, ...]:
    """A required header routes only where nothing else distinguishes two operations (CopyObject, PutObject)."""
    queries = [(route.uri_query, route.query) for route in candidates]
    return tuple(
        route if queries.count(query) > 1 else Route(route.operation, *query, ())
        for route, query in zip(candidates, queries, strict=True)
    )


def route(method: str, address: Address, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The name of the operation that a request means, and its parameters in the path. Raises MethodNotAllowed."""
    if address.service == "s3control":
        return _control_route(method, address.key or "")
    depth = 0 if address.bucket is None else 1 if address.key is None else 2
    path = {"Bucket": address.bucket or "", "Key": address.key or ""}
    if address.bucket == "WriteGetObjectResponse" and method == "POST" and depth == 1:
        return "WriteGetObjectResponse", {}
    if address.service == "s3express-control" and method == "GET" and depth == 0:
        return "ListDirectoryBuckets", {}
    for candidate in (routes() if address.query else bare_routes()).get((method, depth), ()):
        if candidate.operation != "WriteGetObjectResponse" and candidate.matches(address.query, headers):
            return candidate.operation, path
    raise S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": _RESOURCES[depth]})


@cache
def _control_routes() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """S3 Control's operations: method, name, and the pattern of the path with its parameters as groups."""
    model = service_model("s3control")
    control_routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
        control_routes.append((http["method"], f"s3control.{name}", re.compile(pattern)))
    return tuple(control_routes)


def _control_route(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    for route_method, name, pattern in _control_routes():
        match = pattern.fullmatch(path)
        if route_method == method and match is not None:
            return name, match.groupdict()
    raise S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": "SERVICE"})
