"""What a client's call goes through besides its requests: how often it may try, and how long it waits in between.

What may live here: one account of it per thread, since a call runs in one. Which functions of botocore wait is the botocore
door's knowledge.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fakes3mp.doors.stack import STACK


class Waiting(threading.local):
    """While a call of S3's is under way its waiting ends at once, unless the fake was asked for real sleep."""

    def __init__(self) -> None:
        self.most_attempts: int | None = None
        self._calling = False
        self._seconds = 0.0

    @contextmanager
    def calling(self, most_attempts: int | None) -> Iterator[None]:
        """A call is under way; a handler of its events may make another one meanwhile."""
        before = self._calling, self._seconds, self.most_attempts
        self._calling, self._seconds, self.most_attempts = True, 0.0, most_attempts
        try:
            yield
        finally:
            self._calling, self._seconds, self.most_attempts = before

    def passed(self) -> float:
        """The seconds waited for since the last attempt."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def skips(self, seconds: float) -> bool:
        """Take note of a wait; whether it ends at once."""
        if not self._calling:
            return False
        self._seconds += seconds
        fake = STACK.top
        return fake is not None and not fake.real_sleep


WAITING = Waiting()
