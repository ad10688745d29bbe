"""The call log: what was asked, by whom, and how it ended.

What may live here: one frozen Call per attempt, and looking calls up. What to conclude from them is assertions' business.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, overload

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.inspection import spelling


class _Any:
    """Equal to everything: "this parameter, whatever its value"."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()


def matching(operation: Any, params: Mapping[str, Any], made: str, with_params: Mapping[str, Any]) -> bool:
    """Whether a call that was made is of this operation and has at least these parameters; ANY stands for every value."""
    if operation is not ANY and operation != made:
        return False
    return all(name in with_params and wanted == with_params[name] for name, wanted in params.items())


class Unrecorded(Struct, frozen=True):
    """Stands in a call for a body that was not recorded: its length in bytes is all that is kept."""

    size: int

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<{self.size} bytes, not recorded>"


class Call(Struct, frozen=True):
    """One attempt of one call, as S3 saw it.

    ``params`` and ``result`` have boto3's names; ``ignored`` names parameters that the fake did not act on; ``started``
    is by the fake's clock, ``began`` and ``duration`` are seconds of the process's own; ``attempt`` counts from 1 as the
    client labels it (F110), ``invocation_id`` is shared by the attempts of one call; ``waited`` is how many seconds of
    backoff the client meant to let pass before this attempt. ``fault`` names the fault that struck it, if one did;
    a ``result`` beside an error or a broken connection means that it was done and the client was told otherwise.
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
    began: float = 0.0
    duration: float = 0.0
    waited: float = 0.0
    fault: str | None = None
    broken: bool = False  # the connection failed: the client had no answer

    @property
    def outcome(self) -> str:
        """``"ok"``, the code of the error it was answered with, or the name of the fault that broke the connection."""
        if self.error is not None:
            return self.error.code
        return str(self.fault) if self.broken else "ok"

    @property
    def is_done(self) -> bool:
        """Whether S3 did what it was asked for, whatever the client heard."""
        return self.result is not None

    def matches(self, operation: Any, params: Mapping[str, Any]) -> bool:
        """Whether it is this operation with at least these parameters; ANY stands for every value that is there."""
        return matching(operation, params, self.operation, self.params)

    def __repr__(self) -> str:
        retried = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        struck = f" [{self.fault}]" if self.fault not in (None, self.outcome) else ""
        return f"<{self.operation}({shown(self.params)}){retried} -> {self.outcome}{struck}>"


def brief(value: Any) -> str:
    """A value in a few characters, for one line of text."""
    if isinstance(value, Unrecorded):
        return repr(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


_FIRST = ("Bucket", "Key", "PartNumber", "Body", "UploadId")
_WIDTH = 100  # characters that parameters may take, so that a call fits a line


def shown(params: Mapping[str, Any]) -> str:
    """Parameters as they would be written in a call, each in brief, those that name it first; too many end in ``...``."""
    names = [*(name for name in _FIRST if name in params), *(name for name in params if name not in _FIRST)]
    line = ""
    for name in names:
        more = f"{', ' if line else ''}{name}={brief(params[name])}"
        if line and len(line) + len(more) > _WIDTH:
            return f"{line}, ..."
        line += more
    return line


class Calls(Sequence[Call]):
    """Calls in the order in which they ended.

    >>> Calls([Call("PutObject", {"Key": "a"})]).of("PutObject", Key=ANY)
    [<PutObject(Key='a') -> ok>]
    """

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self._calls = tuple(calls)

    def of(self, operation: Any = ANY, **params: Any) -> Calls:
        """The calls of this operation with at least these parameters; ANY stands for every operation or value.

        Raises ValueError for an operation or parameter that S3 does not have, spelling the nearest.
        """
        spelling.check_call(operation, params, ANY)
        return Calls([call for call in self._calls if call.matches(operation, params)])

    @property
    def stories(self) -> tuple[Story, ...]:
        """The calls with their retries folded in, in the order in which their first attempts ended."""
        told: dict[Any, list[Call]] = {}
        for n, call in enumerate(self._calls):
            told.setdefault((call.invocation_id or n, call.operation), []).append(call)
        return tuple(Story(tuple(attempts)) for attempts in told.values())

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


class Story(Struct, frozen=True):
    """One call of a client, with all attempts that its retries made of it."""

    attempts: tuple[Call, ...]

    @property
    def operation(self) -> str:
        return self.attempts[0].operation

    @property
    def params(self) -> Mapping[str, Any]:
        return self.attempts[0].params

    @property
    def outcome(self) -> str:
        """How it ended: the outcome of the last attempt."""
        return self.attempts[-1].outcome

    @property
    def waited(self) -> float:
        """Seconds of backoff that the client meant to let pass."""
        return sum(call.waited for call in self.attempts)

    def __repr__(self) -> str:
        outcomes = ", ".join(call.outcome for call in self.attempts)
        return f"<{self.operation}({shown(self.params)}) -> {outcomes}>"


# A customer's key is not kept, its MD5 is (S3 keeps none either).
_SECRETS = ("SSECustomerKey", "CopySourceSSECustomerKey")


class CallLog:
    """Collects calls from any thread; a Call is made of one when somebody looks.

    Until then it is a tuple of a Call's fields in their order, which costs Python's garbage collector nothing. Bodies
    are shared with the store, or with ``bodies=False`` not kept at all.
    """

    def __init__(self, *, bodies: bool = True) -> None:
        self._lock = threading.Lock()
        self._bodies = bodies
        self._calls: list[Call] = []
        self._fields: list[tuple[Any, ...]] = []

    def append(self, fields: tuple[Any, ...]) -> None:
        """Take a call down, given by its fields."""
        with self._lock:
            self._fields.append(fields)

    def kept(self, members: Mapping[str, Any], body: Content | None = None) -> dict[str, Any]:
        """Members as they may be kept; a ``body`` that is kept elsewhere is not kept here again."""
        kept = {name: value for name, value in members.items() if name not in _SECRETS}
        if "Body" in kept and not self._bodies:
            kept["Body"] = Unrecorded(len(kept["Body"]))
        elif "Body" in kept and body is not None:
            kept["Body"] = body.segments[0] if len(body.segments) == 1 else kept["Body"]
        return kept

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._fields.clear()

    @property
    def calls(self) -> Calls:
        with self._lock:
            self._calls += [_call(*fields) for fields in self._fields]
            self._fields.clear()
            return Calls(self._calls)


def _call(
    operation: str,
    params: dict[str, Any],
    ignored: tuple[str, ...],
    result: dict[str, Any] | None,
    *further: Any,
) -> Call:
    """The call, as nobody can change it."""
    answer = None if result is None else MappingProxyType(result)
    return Call(operation, MappingProxyType(params), ignored, answer, *further)
