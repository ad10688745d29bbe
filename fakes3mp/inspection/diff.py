"""What differs between two views, calls or ETags: the lines that pytest shows under a failed ``assert left == right``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import Call
from fakes3mp.inspection.failures import explain_etag_difference
from fakes3mp.inspection.formatting import count, short_repr
from fakes3mp.inspection.object_views import ObjectView
from fakes3mp.inspection.part_views import Attempt, ETag, PartView
from fakes3mp.inspection.upload_lists import UploadViews
from fakes3mp.inspection.upload_views import UploadView

_VALUES = (Attempt, Call, ObjectView, PartView, UploadView)
_SEQUENCES = (Calls, UploadViews)


def explain_difference(operator: str, left: Any, right: Any) -> list[str] | None:
    """Lines for pytest to show under a failed comparison; None where pytest's own are enough."""
    if operator != "==":
        return None
    if isinstance(left, ETag) or isinstance(right, ETag):
        causes = explain_etag_difference(left, right) if isinstance(left, str) and isinstance(right, str) else []
        return [f"ETag {left} == {right}", *causes]
    if isinstance(left, _VALUES) and type(left) is type(right):
        return [f"{left!r} == {right!r}", *_compare_fields(left, right)]
    if isinstance(left, _SEQUENCES) or isinstance(right, _SEQUENCES):
        return _compare_sequences(left, right)
    return None


def _compare_fields(left: Any, right: Any) -> list[str]:
    """A line for each field that differs; inside of values that are fields, their fields indented."""
    lines = []
    for name in _compared_fields(left):
        left_value, right_value = getattr(left, name), getattr(right, name)
        if left_value != right_value:
            lines.append(f"{name}: {short_repr(left_value)} != {short_repr(right_value)}")
            if isinstance(left_value, _VALUES) and type(left_value) is type(right_value):
                lines += [f"  {line}" for line in _compare_fields(left_value, right_value)]
    return lines


def _compared_fields(value: Any) -> Iterator[str]:
    if is_dataclass(value):
        yield from (field.name for field in fields(value) if field.compare)
    else:
        yield from value.__struct_fields__


def _compare_sequences(left: Any, right: Any) -> list[str] | None:
    if not (isinstance(left, Sequence) and isinstance(right, Sequence)):
        return None
    noun = "call" if isinstance(left, Calls) or isinstance(right, Calls) else "upload"
    lines = [f"{count(len(left), noun)} == {len(right)}"]
    for index in range(max(len(left), len(right))):
        left_repr, right_repr = (repr(side[index]) if index < len(side) else "nothing" for side in (left, right))
        if index < len(left) and index < len(right) and left[index] == right[index]:
            lines.append(f"[{index}] {left_repr}")
        else:
            lines += [f"[{index}] - {left_repr}", f"[{index}] + {right_repr}"]
    return lines
