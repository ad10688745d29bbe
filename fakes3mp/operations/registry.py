"""The table of operations, and the binding of a request's parameters to an operation's function.

The signature of an operation's function says which members of the model's input shape it honours: each by its name in
snake case, or several as a group (a Struct as annotation).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from msgspec import Struct

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.policy.identity import Identity

Answer = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


class Caller(Struct, frozen=True):
    """Who sends a request, and to which address: what an operation may need besides its parameters."""

    account: str | None  # 12 digits; None is an anonymous caller
    bucket_url: str = ""  # "https://media.s3.us-east-1.amazonaws.com", as the request addressed the bucket
    region: str | None = None  # of the endpoint, where it is one of Amazon's
    is_path_style: bool = False  # sent to one of Amazon's endpoints with the bucket in the path
    by_form: bool = False  # sent as a form by a browser
    signing_region: str | None = None  # the one that the request is signed for by SigV4
    is_presigned: bool = False  # signed in the URL
    identity: Identity | None = None  # the user or role; None is the account as a whole
    access_point: str | None = None  # the ARN of the one that the request came through
    headers: Mapping[str, str] = MappingProxyType({})  # of the request, by lower-case names
    query: Mapping[str, str] = MappingProxyType({})  # of the request's URL
    source_ip: str = "127.0.0.1"
    is_trusted: bool = False  # the fake itself, which no policy applies to
    decisions: list[str] = []  # what was decided about the request's permissions, for the call log

    @property
    def id(self) -> str:
        """The caller's canonical id."""
        return canonical_id(self.account)


@cache
def snake_case(member: str) -> str:
    """A member's name as a parameter's: ``ChecksumCRC32C`` -> ``checksum_crc32c``, ``IfMatch`` -> ``if_match``."""
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", member)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


class ParameterGroup(Struct, frozen=True):
    """A group of parameters: a Struct whose fields are parameters or further groups."""

    struct: Any
    names: frozenset[str]  # the fields that are parameters
    groups: Mapping[str, ParameterGroup]  # the fields that are groups
    empty: Any  # the Struct without any parameter

    def build(self, values: Mapping[str, Any]) -> Any:
        """The Struct with those of the values that belong to it; ``empty`` if none does, as in most calls."""
        parameters = {name: value for name, value in values.items() if name in self.names}
        groups = {name: group.build(values) for name, group in self.groups.items()}
        if not parameters and all(groups[name] is group.empty for name, group in self.groups.items()):
            return self.empty
        return self.struct(**groups, **parameters)

    def all_names(self) -> Iterator[str]:
        """The parameters of the group and of the groups in it."""
        yield from self.names
        for group in self.groups.values():
            yield from group.all_names()


@cache
def parameter_group(struct: Any) -> ParameterGroup:
    """The group of parameters that a Struct's fields describe."""
    hints = get_type_hints(struct)
    groups = {name: parameter_group(hint) for name, hint in hints.items() if _is_group(hint)}
    names = frozenset(struct.__struct_fields__) - groups.keys()
    return ParameterGroup(struct, names, groups, struct(**{name: group.empty for name, group in groups.items()}))


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct) and hint not in (Caller, Bucket)


class Operation:
    """An operation that the fake answers.

    Its parameters are those of ``run``, and those of ``parameters_of``, a function that ``run`` passes them on to.
    """

    def __init__(
        self, name: str, run: Callable[..., Any], *, locked: bool, parameters_of: Callable[..., Any] | None = None
    ) -> None:
        self.name: str = name
        self.run: Callable[..., Any] = run
        self.locked: bool = locked
        self.parameters_of: Callable[..., Any] | None = parameters_of

    @cached_property
    def _parameters(self) -> dict[str, inspect.Parameter]:
        """All parameters but the store."""
        parameters = {}
        for function in (self.run,) if self.parameters_of is None else (self.run, self.parameters_of):
            hints = get_type_hints(function)
            for name, parameter in inspect.signature(function).parameters.items():
                if name != "store" and parameter.kind is not parameter.VAR_KEYWORD:
                    parameters[name] = parameter.replace(annotation=hints[name])
        return parameters

    @cached_property
    def _groups(self) -> dict[str, ParameterGroup]:
        """Parameters that stand for several members."""
        return {
            name: parameter_group(parameter.annotation)
            for name, parameter in self._parameters.items()
            if _is_group(parameter.annotation)
        }

    @cached_property
    def _takes_caller(self) -> bool:
        return "caller" in self._parameters

    @cached_property
    def _takes_bucket(self) -> bool:
        """Whether the function takes the Bucket itself and not its name."""
        return "bucket" in self._parameters and self._parameters["bucket"].annotation is Bucket

    @cached_property
    def honoured(self) -> dict[str, str | None]:
        """Each parameter that the operation acts on -> the group it belongs to, if any."""
        groups: dict[str, str | None] = {
            name: None for name in self._parameters if name not in (*self._groups, "caller")
        }
        for group_name, group in self._groups.items():
            groups.update((name, group_name) for name in group.all_names())
        return groups

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, parameter in self._parameters.items()
            if parameter.default is parameter.empty and name not in (*self._groups, "caller")
        )

    def bind(self, params: Mapping[str, Any], content: Content | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Turn a request's parameters, by the model's names, into the function's arguments.

        ``content`` replaces the body where its digests are computed already. Returns the arguments, and the names of the
        parameters that the operation does not honour.
        """
        arguments: dict[str, Any] = {}
        grouped: dict[str, dict[str, Any]] = {name: {} for name in self._groups}
        ignored = []
        for member, value in params.items():
            name = snake_case(member)
            if name not in self.honoured:
                if name not in PIPELINE_PARAMETERS:
                    ignored.append(member)
                continue
            group_name = self.honoured[name]
            (arguments if group_name is None else grouped[group_name])[name] = value
        for name, group in self._groups.items():
            arguments[name] = group.build(grouped[name]) if grouped[name] else group.empty
        if "body" in arguments:
            arguments["body"] = content or Content.of(arguments["body"])
        return arguments, tuple(ignored)

    def execute(self, store: Store, arguments: dict[str, Any], caller: Caller) -> Answer:
        """Run the operation with bound arguments, in a transaction of the store unless it begins one itself.

        A function whose ``bucket`` is annotated as a Bucket gets the bucket, looked up by its name under the lock.
        Raises InvalidArgument where a required parameter is missing (botocore never sends such a request), NoSuchBucket
        where there is no bucket of that name, and what the operation raises.
        """
        for name in self._required:
            if name not in arguments:
                raise invalid_argument(f"Missing parameter: {name}", name)
        if self._takes_caller:
            arguments["caller"] = caller
        answer: Answer
        if self.locked:
            with store.transaction():
                if self._takes_bucket:
                    arguments["bucket"] = store.bucket(arguments["bucket"])
                answer = self.run(store, **arguments)
        else:
            if self._takes_bucket:
                with store.lock:
                    arguments["bucket"] = store.bucket(arguments["bucket"])
            answer = self.run(store, **arguments)
        return answer


# Parameters that mean the same for every operation that does not name them itself: the request pipeline acts on them.
# The account of S3 Control, whom the caller expects to own the bucket and to pay, and the digests of a document.
PIPELINE_PARAMETERS = frozenset(
    ("account_id", "expected_bucket_owner", "request_payer", "content_md5", "checksum_algorithm")
)

# Modules are imported in this order until the operation is found: those that most tests need come first.
_MODULES = (
    *("buckets", "objects", "reading", "multipart", "listing", "copying", "tagging", "versioning"),
    *("configurations.single", "configurations.by_id", "configurations.metadata", "configurations.old_spellings"),
    "bucket_policy",
    *("acl", "directory_buckets", "object_lock", "restore", "annotations"),
    *("renaming", "object_encryption", "select", "object_lambda"),
)
# Those of S3 Control.
_CONTROL = "s3control."
_CONTROL_MODULES = tuple(
    f"control.{name}"
    for name in (
        *("access_points", "access_point_policies", "public_access", "resource_tags", "job_requests"),
        *("multi_region", "multi_region_policies", "async_requests", "storage_lens", "storage_lens_groups"),
        *("access_grants", "object_lambda"),
    )
)
_OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, locked: bool = True, parameters_of: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Declare the function that answers the operation of this name.

    Parameters
    ----------
    name : str
        The operation's name in botocore's model; one of another service than S3 has the service's name in front.
    locked : bool
        Whether the function runs in a transaction, under the store's lock. If false it begins one itself, for example to
        hash a body outside of it.
    parameters_of : callable, optional
        A function that the declared one passes further parameters on to: the operation honours those of both.
    """

    def declare(run: F) -> F:
        _OPERATIONS[name] = Operation(name, run, locked=locked, parameters_of=parameters_of)
        return run

    return declare


def find_operation(name: str) -> Operation | None:
    """The operation of this name; None if the fake does not answer it."""
    modules = _CONTROL_MODULES if name.startswith(_CONTROL) else _MODULES
    for module in modules if name not in _OPERATIONS else ():
        import_module(f"fakes3mp.operations.{module}")
        if name in _OPERATIONS:
            break
    return _OPERATIONS.get(name)


def not_implemented(name: str) -> S3Error:
    """The error of an operation that the fake does not answer; it names it."""
    return S3Error("NotImplemented", f"fakes3mp does not implement {name}.")


@cache
def registry() -> Mapping[str, Operation]:
    """Every operation that the fake answers, by name."""
    for module in (*_MODULES, *_CONTROL_MODULES):
        import_module(f"fakes3mp.operations.{module}")
    return _OPERATIONS
