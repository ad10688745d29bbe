"""Which operation a request means: method, depth of the path, required query parameters, required headers.

What may live here: the route table, made from the model, and the look-up. No operation is named here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from fakes3mp.errors import S3Error
from fakes3mp.wire.addressing import Address
from fakes3mp.wire.model import operation_model, service_model
from fakes3mp.wire.quirks import SHADOWED

_RESOURCES = ("SERVICE", "BUCKET", "OBJECT")


class Route(Struct, frozen=True):
    """What a request must have for an operation to be meant."""

    operation: str
    literal: tuple[tuple[str, str], ...]  # query parameters that the URI itself names, with their value if it has one
    query: tuple[str, ...]  # query parameters that the input shape requires
    headers: tuple[str, ...]

    @property
    def demands(self) -> int:
        return len(self.literal) + len(self.query) + len(self.headers)

    def meets(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        return (
            all(name in query and (not value or query[name] == value) for name, value in self.literal)
            and all(name in query for name in self.query)
            and all(name in headers for name in self.headers)
        )


@cache
def routes() -> Mapping[tuple[str, int], tuple[Route, ...]]:
    """(method, depth) -> the routes there, the most demanding first."""
    table: dict[tuple[str, int], list[Route]] = {}
    for name in service_model().operation_names:
        if name not in SHADOWED:
            http = operation_model(name).http
            path = http["requestUri"].partition("?")[0]
            table.setdefault((http["method"], _depth(path)), []).append(_route(name))
    for found in table.values():
        found.sort(key=lambda route: -route.demands)
    return {place: _with_needed_headers(found) for place, found in table.items()}


@cache
def bare_routes() -> Mapping[tuple[str, int], tuple[Route, ...]]:
    """The routes that a request without query parameters can mean: most requests are such."""
    return {
        place: tuple(route for route in found if not route.literal and not route.query)
        for place, found in routes().items()
    }


def _depth(path: str) -> int:
    return 2 if "{Key" in path else 1 if path != "/" else 0


def _route(name: str) -> Route:
    model = operation_model(name)
    _, _, literal = model.http["requestUri"].partition("?")
    shape = model.input_shape
    required = [shape.members[member] for member in shape.required_members] if shape else []
    located = [(member.serialization.get("location"), member.serialization.get("name", "")) for member in required]
    pairs = [pair.partition("=") for pair in literal.split("&") if pair]
    return Route(
        name,
        tuple((key, value) for key, _, value in pairs),
        tuple(wire_name for location, wire_name in located if location == "querystring"),
        tuple(wire_name.lower() for location, wire_name in located if location == "header"),
    )


def _with_needed_headers(found: list[Route]) -> tuple[Route, ...]:
    """A required header routes only where nothing else tells two operations apart (CopyObject from PutObject)."""

    def place(route: Route) -> tuple[object, ...]:
        return route.literal, route.query

    alike = [place(route) for route in found]
    return tuple(
        route if alike.count(place(route)) > 1 else Route(route.operation, route.literal, route.query, ())
        for route in found
    )


def route(method: str, address: Address, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The name of the operation that is meant and its parameters in the path, or MethodNotAllowed."""
    if address.service == "s3control":
        return _control_route(method, address.key or "")
    depth = 0 if address.bucket is None else 1 if address.key is None else 2
    path = {"Bucket": address.bucket or "", "Key": address.key or ""}
    if address.bucket == "WriteGetObjectResponse" and method == "POST" and depth == 1:
        return "WriteGetObjectResponse", {}
    if address.service == "s3express-control" and method == "GET" and depth == 0:
        return "ListDirectoryBuckets", {}
    for candidate in (routes() if address.query else bare_routes()).get((method, depth), ()):
        if candidate.operation != "WriteGetObjectResponse" and candidate.meets(address.query, headers):
            return candidate.operation, path
    raise S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": _RESOURCES[depth]})


@cache
def _control_routes() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """S3 Control's operations: method, name, and the pattern of the path with its parameters as groups."""
    model = service_model("s3control")
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
        found.append((http["method"], f"s3control.{name}", re.compile(pattern)))
    return tuple(found)


def _control_route(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    for wanted, name, pattern in _control_routes():
        match = pattern.fullmatch(path)
        if wanted == method and match is not None:
            return name, match.groupdict()
    raise S3Error("MethodNotAllowed", fields={"Method": method, "ResourceType": "SERVICE"})
