"""The call log: what was asked, by whom, and how it ended.

What may live here: one frozen Call per attempt, and looking calls up. What to conclude from them is assertions' business.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, overload

from fakes3mp.errors import S3Error


class _Any:
    """Equal to everything: "this parameter, whatever its value"."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()


@dataclass(frozen=True)
class Call:
    """One attempt of one call, as S3 saw it.

    ``params`` and ``result`` have boto3's names; ``ignored`` names parameters that the fake did not act on; ``started``
    is by the fake's clock, ``began`` and ``duration`` are seconds of the process's own; ``attempt`` counts from 1 as the
    client labels it (F110), ``invocation_id`` is shared by the attempts of one call.
    """

    operation: str
    params: Mapping[str, Any]
    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    attempt: int = 1
    invocation_id: str | None = None
    region: str | None = None
    thread: str = ""
    started: datetime | None = None
    began: float = field(default=0.0, repr=False)
    duration: float = 0.0

    @property
    def outcome(self) -> str:
        """``"ok"``, or the code of the error it was answered with."""
        return "ok" if self.error is None else self.error.code

    def matches(self, operation: Any, params: Mapping[str, Any]) -> bool:
        """Whether it is this operation with at least these parameters; ANY stands for every value that is there."""
        if operation is not ANY and operation != self.operation:
            return False
        return all(name in self.params and wanted == self.params[name] for name, wanted in params.items())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={brief(value)}" for name, value in self.params.items())
        retried = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"<{self.operation}({shown}){retried} -> {self.outcome}>"


def brief(value: Any) -> str:
    """A value in a few characters, for one line of text."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Calls(Sequence[Call]):
    """Calls in the order in which they ended.

    >>> Calls([Call("PutObject", {"Key": "a"})]).of("PutObject", Key=ANY)
    [<PutObject(Key='a') -> ok>]
    """

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self._calls = tuple(calls)

    def of(self, operation: Any = ANY, **params: Any) -> Calls:
        """The calls of this operation with at least these parameters."""
        return Calls([call for call in self._calls if call.matches(operation, params)])

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Calls: ...
    def __getitem__(self, index: int | slice) -> Call | Calls:
        return Calls(self._calls[index]) if isinstance(index, slice) else self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Calls, list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._calls))


class Recorder:
    """Collects calls from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def append(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    @property
    def calls(self) -> Calls:
        with self._lock:
            return Calls(self._calls)
