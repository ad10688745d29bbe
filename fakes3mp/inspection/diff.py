"""What two things that should be equal differ in, a line each: for a plain ``assert`` under pytest.

What may live here: views, calls and ETags compared for a reader. Whether they are equal is their own business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from fakes3mp.inspection.assertions import why_etags_differ
from fakes3mp.inspection.call_log import Call, Calls, brief
from fakes3mp.inspection.object_views import ObjectView
from fakes3mp.inspection.upload_views import Attempt, ETag, PartView, UploadView, UploadViews

_VALUES = (Attempt, Call, ObjectView, PartView, UploadView)
_LISTS = (Calls, UploadViews)


def explained(operator: str, left: Any, right: Any) -> list[str] | None:
    """Lines for pytest to show under a failed ``left == right``; None where it shows enough by itself."""
    if operator != "==":
        return None
    if isinstance(left, ETag) or isinstance(right, ETag):
        return _etags(left, right)
    if isinstance(left, _VALUES) and type(left) is type(right):
        return [f"{left!r} == {right!r}", *_fields(left, right)]
    if isinstance(left, _LISTS) or isinstance(right, _LISTS):
        return _lists(left, right)
    return None


def _etags(left: Any, right: Any) -> list[str]:
    told = why_etags_differ(left, right) if isinstance(left, str) and isinstance(right, str) else []
    return [f"ETag {left} == {right}", *told]


def _fields(left: Any, right: Any) -> list[str]:
    """The fields that are compared and differ; inside parts and the like, again theirs."""
    lines = []
    for field in fields(left):
        one, other = getattr(left, field.name), getattr(right, field.name)
        if field.compare and one != other:
            lines.append(f"{field.name}: {brief(one)} != {brief(other)}")
            if is_dataclass(one) and type(one) is type(other):
                lines += [f"  {line}" for line in _fields(one, other)]
    return lines


def _lists(left: Any, right: Any) -> list[str] | None:
    if not (isinstance(left, Sequence) and isinstance(right, Sequence)):
        return None
    lines = [f"{len(left)} {_name(left, right)} == {len(right)}"]
    for n in range(max(len(left), len(right))):
        one, other = (repr(side[n]) if n < len(side) else "nothing" for side in (left, right))
        same = n < len(left) and n < len(right) and left[n] == right[n]
        lines += [f"[{n}] {one}"] if same else [f"[{n}] - {one}", f"[{n}] + {other}"]
    return lines


def _name(*sides: Any) -> str:
    return "calls" if any(isinstance(side, Calls) for side in sides) else "uploads"
