"""What a client's call goes through besides its requests: how often it may try, and how long it waits in between.

What may live here: one account of it per call, in a context variable: a call runs in one thread, or in one task. Which
functions of botocore wait is the knowledge of its doors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct

from fakes3mp.doors.stack import STACK


class Call(Struct):
    """A client's call, with all its attempts."""

    most_attempts: int | None = None
    seconds: float = 0.0  # waited for since the last attempt

    def passed(self) -> float:
        """The seconds waited for since the last attempt."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds


_CALL: ContextVar[Call | None] = ContextVar("fakes3mp call", default=None)


@contextmanager
def calling(most_attempts: int | None) -> Iterator[None]:
    """A call of S3's is under way; a handler of its events may make another one meanwhile."""
    before = _CALL.set(Call(most_attempts))
    try:
        yield
    finally:
        _CALL.reset(before)


def current() -> Call:
    """The call that is under way."""
    return _CALL.get() or Call()


def skips(seconds: float) -> bool:
    """Take note of a wait; whether it ends at once: always in a call of S3's, unless the fake was asked for real sleep."""
    call = _CALL.get()
    if call is None:
        return False
    call.seconds += seconds
    fake = STACK.top
    return fake is not None and not fake.real_sleep
