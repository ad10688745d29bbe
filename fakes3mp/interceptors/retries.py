"""What a client's call goes through besides its requests: how often it may try, and how long it waits in between.

What may live here: one account of it per call, in a context variable: a call runs in one thread, or in one task. Which
functions of botocore wait is the knowledge of its doors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.wire.messages import Response


class Call(Struct):
    """A client's call, with all its attempts."""

    max_attempts: int | None = None
    answer: Response | None = None  # what its first attempt is to be answered, where that is known already
    seconds: float = 0.0  # waited for since the last attempt

    def known_answer(self) -> Response | None:
        """The answer that is known, once."""
        answer, self.answer = self.answer, None
        return answer

    def passed(self) -> float:
        """The seconds waited for since the last attempt."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds


ANSWER = "fakes3mp answer"  # where a call's context holds an answer that is known before it is sent
_CALL: ContextVar[Call | None] = ContextVar("fakes3mp call", default=None)


@contextmanager
def calling(max_attempts: int | None, answer: Response | None = None) -> Iterator[None]:
    """A call of S3's is under way; a handler of its events may make another one meanwhile."""
    before = _CALL.set(Call(max_attempts, answer))
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
    fake = ACTIVE.top
    return fake is not None and not fake.real_sleep
