"""Names that S3 does not know, and the nearest ones it does.

What may live here: checking what a user wrote (operations, their parameters, fields of views) so that a slip of the pen is
an error at once and not an assertion that holds for no reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from fakes3mp.wire.model import operation_model, operation_names


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant.

    >>> nearest("UploadPrat", ["UploadPart", "PutObject"])
    '; did you mean UploadPart?'
    """
    by_folded = {each.lower(): each for each in known}
    close = [by_folded[each] for each in get_close_matches(str(name).lower(), by_folded, n=3, cutoff=0.6)]
    return f"; did you mean {' or '.join(close)}?" if close else ""


def check(kind: str, name: str, known: Iterable[str]) -> None:
    """ValueError for a name that is not among the known ones."""
    known = list(known)
    if name not in known:
        raise ValueError(f"there is no {kind} {name!r}{nearest(name, known)}")


@cache
def members(operation: str) -> Mapping[str, str]:
    """An operation's parameters and their types in S3's model."""
    shape = operation_model(operation).input_shape
    return {name: member.type_name for name, member in shape.members.items()} if shape else {}


@cache
def _everywhere() -> frozenset[str]:
    return frozenset(name for operation in operation_names("s3") for name in members(operation))


def check_call(operation: Any, params: Mapping[str, Any], any_operation: Any) -> None:
    """ValueError if there is no such operation, or it has no such parameter; ``any_operation`` stands for all of them."""
    if operation is any_operation:
        known: Mapping[str, str] | frozenset[str] = _everywhere()
        of = "any operation"
    else:
        if operation not in operation_names("s3"):
            check("operation", operation, operation_names("s3") | operation_names("s3control"))
        known, of = members(operation), operation
    for name, wanted in params.items():
        check(f"parameter of {of} called", name, known)
        if isinstance(known, Mapping) and known[name] == "integer" and isinstance(wanted, str):
            raise ValueError(f"{name} of {operation} is a number: {name}={wanted.strip() or 1} without quotes")
