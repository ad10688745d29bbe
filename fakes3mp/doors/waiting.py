"""How long a client waits before it tries again: noted, and mostly skipped.

What may live here: one thread-local account of waits. Which functions of botocore wait is the botocore door's knowledge.
"""

from __future__ import annotations

import threading

from fakes3mp.doors.stack import STACK


class Waiting(threading.local):
    """What a client's call waits for between its attempts, in this thread.

    While a call of S3's is under way its waiting ends at once, unless the fake was asked for real sleep.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._seconds = 0.0

    def __enter__(self) -> None:
        if not self._depth:
            self._seconds = 0.0
        self._depth += 1

    def __exit__(self, *args: object) -> None:
        self._depth -= 1

    def passed(self) -> float:
        """The seconds waited for since the last attempt."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def skips(self, seconds: float) -> bool:
        """Take note of a wait; whether it ends at once."""
        if not self._depth:
            return False
        self._seconds += seconds
        fake = STACK.top
        return fake is not None and not fake.real_sleep


WAITING = Waiting()
