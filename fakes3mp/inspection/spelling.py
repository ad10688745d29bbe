"""Checks of names that a user writes: operations, their parameters, fields of views, error codes.

An unknown name is a ValueError at once. Otherwise ``assert_not_called("AbortMultipartUplaod")`` would pass for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from fakes3mp.wire.model import operation_model, operation_names


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A hint with up to three candidates that are spelled like the name, or an empty string.

    >>> did_you_mean("UploadPrat", ["UploadPart", "PutObject"])
    '; did you mean UploadPart?'
    """
    from difflib import get_close_matches

    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    close = get_close_matches(str(name).lower(), by_lower_case, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(by_lower_case[lower] for lower in close)}?" if close else ""


def check_name(kind: str, name: str, candidates: Iterable[str]) -> None:
    """Raise ValueError for a name that is not among the candidates; ``kind`` says what it should name."""
    candidates = list(candidates)
    if name not in candidates:
        raise ValueError(f"there is no {kind} {name!r}{did_you_mean(name, candidates)}")


@cache
def parameter_types(operation: str) -> Mapping[str, str]:
    """An operation's parameters and their types in botocore's model (``string``, ``integer``, ``structure`` ...)."""
    shape = operation_model(operation).input_shape
    return {name: member.type_name for name, member in shape.members.items()} if shape else {}


@cache
def _all_parameters() -> frozenset[str]:
    return frozenset(name for operation in operation_names("s3") for name in parameter_types(operation))


def check_call(operation: Any, params: Mapping[str, Any], any_operation: Any) -> None:
    """Raise ValueError if there is no such operation, or it has no such parameter.

    ``any_operation`` is the value that stands for all operations: a parameter must then belong to one of them.
    """
    if operation is any_operation:
        types: Mapping[str, str] | frozenset[str] = _all_parameters()
        owner = "any operation"
    else:
        if operation not in operation_names("s3"):
            check_name("operation", operation, operation_names("s3") | operation_names("s3control"))
        types, owner = parameter_types(operation), operation
    for name, expected in params.items():
        check_name(f"parameter of {owner} called", name, types)
        if isinstance(types, Mapping) and types[name] == "integer" and isinstance(expected, str):
            raise ValueError(f"{name} of {operation} is a number: {name}={expected.strip() or 1} without quotes")
