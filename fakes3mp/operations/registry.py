"""Declaring an operation, and binding a call's parameters to its function.

What may live here: the decorator, the table, the naming of parameters. The signature of an operation's function is
what it honours: a member of the model's input shape, in snake case, or a group of them (a Struct as annotation).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from typing import Any, TypeVar, get_type_hints

from msgspec import Struct

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.content import Content
from fakes3mp.errors import invalid_argument

Answer = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


class Caller(Struct, frozen=True):
    """Who calls, and through which address: what an operation may need besides its parameters."""

    account: str | None  # 12 digits; None is an anonymous caller
    bucket_url: str = ""  # "https://media.s3.us-east-1.amazonaws.com", as the request addressed the bucket
    region: str | None = None  # that of the endpoint, where it is one of Amazon's
    is_path_style: bool = False  # asked at one of Amazon's endpoints with the bucket in the path
    by_form: bool = False  # through a form posted by a browser

    @property
    def id(self) -> str:
        """The caller's canonical id."""
        return canonical_id(self.account)


@cache
def snake(member: str) -> str:
    """A member's name as a parameter's: ``ChecksumCRC32C`` -> ``checksum_crc32c``, ``IfMatch`` -> ``if_match``."""
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", member)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


class Group(Struct, frozen=True):
    """A group of parameters: a Struct that stands for several members, and may hold further groups."""

    kind: Any
    own: frozenset[str]
    parts: Mapping[str, Group]
    empty: Any

    def made(self, values: Mapping[str, Any]) -> Any:
        """The group out of those of the values that are its own; most calls have nothing of most groups."""
        own = {name: value for name, value in values.items() if name in self.own}
        parts = {name: part.made(values) for name, part in self.parts.items()}
        if not own and all(parts[name] is part.empty for name, part in self.parts.items()):
            return self.empty
        return self.kind(**parts, **own)

    def members(self) -> Iterator[str]:
        """All parameters that it stands for."""
        yield from self.own
        for part in self.parts.values():
            yield from part.members()


@cache
def group(kind: Any) -> Group:
    """A group, by its class."""
    hints = get_type_hints(kind)
    parts = {name: group(hint) for name, hint in hints.items() if _is_group(hint)}
    own = frozenset(kind.__struct_fields__) - parts.keys()
    return Group(kind, own, parts, kind(**{name: part.empty for name, part in parts.items()}))


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct) and hint is not Caller


class Operation:
    """One declared operation."""

    def __init__(self, name: str, run: Callable[..., Any], *, locked: bool) -> None:
        self.name, self.run, self.locked = name, run, locked

    @cached_property
    def _hints(self) -> dict[str, Any]:
        hints = get_type_hints(self.run)
        return {name: hints[name] for name in inspect.signature(self.run).parameters if name != "store"}

    @cached_property
    def wants_caller(self) -> bool:
        return "caller" in self._hints

    @cached_property
    def _groups(self) -> dict[str, Group]:
        """Parameters that stand for several members."""
        return {name: group(hint) for name, hint in self._hints.items() if _is_group(hint)}

    @cached_property
    def honoured(self) -> dict[str, str | None]:
        """Each parameter that is acted on -> the group it belongs to, if any."""
        named: dict[str, str | None] = {name: None for name in self._hints if name not in (*self._groups, "caller")}
        for name, found in self._groups.items():
            named.update((member, name) for member in found.members())
        return named

    def bind(self, params: Mapping[str, Any], content: Content | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The function's arguments out of the model's members, and the members that it does not honour.

        ``content`` stands for the body where its digests are known already.
        """
        arguments: dict[str, Any] = {}
        grouped: dict[str, dict[str, Any]] = {name: {} for name in self._groups}
        ignored = []
        for member, value in params.items():
            name = snake(member)
            if name not in self.honoured:
                if name not in PIPELINE_PARAMETERS:
                    ignored.append(member)
                continue
            belongs = self.honoured[name]
            (arguments if belongs is None else grouped[belongs])[name] = value
        for name, found in self._groups.items():
            arguments[name] = found.made(grouped[name]) if grouped[name] else found.empty
        if "body" in arguments:
            arguments["body"] = content or Content.of(arguments["body"])
        return arguments, tuple(ignored)

    @cached_property
    def _required(self) -> tuple[str, ...]:
        given = (*self._groups, "caller", "store")
        parameters = inspect.signature(self.run).parameters.values()
        return tuple(each.name for each in parameters if each.default is each.empty and each.name not in given)

    def check_complete(self, arguments: Mapping[str, Any]) -> None:
        """Refuse a request that leaves out what the operation cannot do without; botocore never sends one."""
        for name in self._required:
            if name not in arguments:
                raise invalid_argument(f"Missing parameter: {name}", name)


# Parameters that mean the same for every operation that does not name them itself, so that the corridor acts on them:
# who is expected to own and to pay, and the digests of a document.
PIPELINE_PARAMETERS = frozenset(("expected_bucket_owner", "request_payer", "content_md5", "checksum_algorithm"))

# Those that most tests need come first: a module is imported when an operation is not found in those before it.
_MODULES = (
    *("buckets", "objects", "reading", "multipart", "listing", "copying", "tagging", "versioning", "configuration"),
    *("acl", "access_points", "directory_buckets", "lifecycle", "notification", "cors", "object_lock"),
)
_DECLARED: dict[str, Operation] = {}


def operation(name: str, *, locked: bool = True) -> Callable[[F], F]:
    """Declare the function that answers the operation of this name.

    It runs under the store's lock; with ``locked=False`` it takes the lock itself, so as to hash bodies outside it.
    """

    def declare(run: F) -> F:
        _DECLARED[name] = Operation(name, run, locked=locked)
        return run

    return declare


def declared(name: str) -> Operation | None:
    """The operation of this name, if the fake answers it."""
    for module in _MODULES if name not in _DECLARED else ():
        import_module(f"fakes3mp.operations.{module}")
        if name in _DECLARED:
            break
    return _DECLARED.get(name)


@cache
def registry() -> Mapping[str, Operation]:
    """Every operation that the fake answers, by name."""
    for module in _MODULES:
        import_module(f"fakes3mp.operations.{module}")
    return _DECLARED
