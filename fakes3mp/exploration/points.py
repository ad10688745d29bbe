"""Fault points: the calls of the code under test, under names that do not depend on ids or on the order of threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from fakes3mp.inspection.calls import Call
from fakes3mp.service.late_arrivals import ARRIVED_LATE

# The parameters that tell calls of one operation apart. An UploadId is another one in each run.
_IDENTITY = ("Bucket", "Key", "PartNumber", "Range")


class Point(Struct, frozen=True):
    """One call of the code under test, where a fault can happen.

    Attributes
    ----------
    operation : str
        S3's name of the operation.
    params : tuple of (str, value)
        Those of Bucket, Key, PartNumber and Range that the call has.
    attempt : int
        The number of the call among the calls of this operation with these parameters, from 1. A client's retries count.

    Examples
    --------
    >>> print(Point("UploadPart", (("Bucket", "media"), ("Key", "k"), ("PartNumber", 2)), attempt=3))
    UploadPart media/k part 2, attempt 3
    """

    operation: str
    params: tuple[tuple[str, Any], ...]
    attempt: int = 1

    @property
    def identity(self) -> tuple[Any, ...]:
        """What all attempts of the call share."""
        return self.operation, self.params

    def __str__(self) -> str:
        params = dict(self.params)
        path = "/".join(str(params[name]) for name in ("Bucket", "Key") if name in params)
        part = f" part {params['PartNumber']}" if "PartNumber" in params else ""
        byte_range = f" {params['Range']}" if "Range" in params else ""
        return f"{self.operation} {path}{part}{byte_range}, attempt {self.attempt}"


def points_of(calls: Iterable[Call], is_ignored: Callable[[Call], bool]) -> dict[Point, Call]:
    """The fault points of a run with their calls, in the order in which they came.

    Where several threads called, they are ordered by operation and parameters, because the threads' order varies.
    """
    points: dict[Point, Call] = {}
    attempts: Counter[Any] = Counter()
    calls = [call for call in calls if call.fault != ARRIVED_LATE and not is_ignored(call)]
    for call in calls:
        params = tuple((name, call.params[name]) for name in _IDENTITY if name in call.params)
        # A fault rule that names no Range counts the calls of every Range.
        without_range = tuple((name, value) for name, value in params if name != "Range")
        for identity in {(call.operation, params), (call.operation, without_range)}:
            attempts[identity] += 1
        points[Point(call.operation, params, attempts[call.operation, params])] = call
    if len({call.thread for call in calls}) > 1:
        points = _in_fixed_order(points)
    return points


def _in_fixed_order(points: Mapping[Point, Call]) -> dict[Point, Call]:
    ranks: dict[str, int] = {}
    for point in points:
        ranks.setdefault(point.operation, len(ranks))

    def place(point: Point) -> Any:
        return ranks[point.operation], [(name, str(value).zfill(6)) for name, value in point.params], point.attempt

    return {point: points[point] for point in sorted(points, key=place)}


def ignored_by(ignore: Sequence[str]) -> Callable[[Call], bool]:
    """Whether a call is of one of these operations, or its key is like one of these patterns."""

    def is_ignored(call: Call) -> bool:
        key = str(call.params.get("Key", ""))
        return any(name == call.operation or fnmatchcase(key, name) for name in ignore)

    return is_ignored
