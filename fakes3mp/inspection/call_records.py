"""Recorded calls as the call log stores them: in little memory, and as Calls when somebody looks at them.

A record is a tuple: what many calls have in common, which they share, then the values that are this call's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, overload

from fakes3mp.errors import S3Error
from fakes3mp.inspection.calls import Call, call_matches

Record = tuple[Any, ...]


class Shape(NamedTuple):
    """What many calls have in common. A Call's other fields are the values of a record."""

    operation: Any  # its name
    params: tuple[str, ...]  # names
    result: tuple[str, ...] | None  # names
    ignored: tuple[str, ...]
    attempt: int
    region: str | None
    thread: str
    waited: float
    fault: str | None
    broken: bool
    process: int
    decision: str | None


class Recorder:
    """Makes records of calls."""

    def __init__(self) -> None:
        self._shapes: dict[Shape, Shape] = {}

    def record(
        self,
        shape: Shape,
        params: Mapping[str, Any],
        result: Mapping[str, Any] | None,
        error: S3Error | None,
        invocation_id: str | None,
        started: datetime | None,
        began: float,
        duration: float,
    ) -> Record:
        """The record of a call: its shape, the values of its parameters and result, and the rest."""
        shared = self._shapes.setdefault(shape, shape)
        return (shared, *params.values(), *(result or {}).values(), error, invocation_id, started, began, duration)


def _call(record: Record) -> Call:
    """The call that a record stands for, with read-only parameters and result."""
    shape: Shape = record[0]
    params = _params(shape, record)
    result = None
    if shape.result is not None:
        result = MappingProxyType(dict(zip(shape.result, islice(record, 1 + len(params), None), strict=False)))
    error, invocation_id, started, began, duration = record[-5:]
    return Call(
        operation=shape.operation,
        params=MappingProxyType(params),
        ignored=shape.ignored,
        result=result,
        error=error,
        attempt=shape.attempt,
        invocation_id=invocation_id,
        region=shape.region,
        thread=shape.thread,
        started=started,
        began=began,
        duration=duration,
        waited=shape.waited,
        fault=shape.fault,
        broken=shape.broken,
        process=shape.process,
        decision=shape.decision,
    )


def _params(shape: Shape, record: Record) -> dict[str, Any]:
    return dict(zip(shape.params, islice(record, 1, None), strict=False))


class RecordedCalls(Sequence[Call]):
    """The calls of some records in a row; each is built when it is asked for, and once only.

    Parameters
    ----------
    records : list of records and calls
        To which more are appended while it is in use. A record is replaced by its call.
    start, stop : int
        The first of them, and the one after the last.
    """

    __slots__ = ("_records", "_start", "_stop")

    def __init__(self, records: list[Record | Call], start: int, stop: int) -> None:
        self._records, self._start, self._stop = records, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Call, ...]: ...
    def __getitem__(self, index: int | slice) -> Call | tuple[Call, ...]:
        if isinstance(index, slice):
            return tuple(self._build(self._start + each) for each in range(*index.indices(len(self))))
        return self._build(range(self._start, self._stop)[index])

    def __iter__(self) -> Iterator[Call]:
        return map(self._build, range(self._start, self._stop))

    def _build(self, index: int) -> Call:
        record = self._records[index]
        if isinstance(record, tuple):
            record = self._records[index] = _call(record)
        return record

    def select(self, operation: Any, params: Mapping[str, Any]) -> list[Call]:
        """The calls of an operation with at least these parameters; the others are not built."""
        return [
            self._build(index) for index in range(self._start, self._stop) if self._matches(index, operation, params)
        ]

    def _matches(self, index: int, operation: Any, params: Mapping[str, Any]) -> bool:
        record = self._records[index]
        if isinstance(record, Call):
            return record.matches(operation, params)
        shape: Shape = record[0]
        if not params.keys() <= set(shape.params):
            return False
        return call_matches(operation, params, shape.operation, _params(shape, record) if params else {})
