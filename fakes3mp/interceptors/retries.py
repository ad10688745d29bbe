"""The retries of a client's call: how many attempts it may make, and how long it has waited between them.

Each call has one ``ClientCall`` in a context variable, since a call runs in one thread or one task. The interceptors patch
the functions in which clients wait; those ask ``skip_wait``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.wire.messages import Response


class ClientCall(Struct):
    """A client's call, with all its attempts."""

    max_attempts: int | None = None
    known_response: Response | None = None  # the response to its first attempt, where that is known already
    waited: float = 0.0  # seconds since the last attempt

    def take_known_response(self) -> Response | None:
        """The known response, the first time; None after that."""
        response, self.known_response = self.known_response, None
        return response

    def take_waited(self) -> float:
        """The seconds waited since the last attempt; counting starts anew."""
        waited, self.waited = self.waited, 0.0
        return waited


KNOWN_RESPONSE = "fakes3mp response"  # the key in a call's context under which a known response is passed on
_CURRENT: ContextVar[ClientCall | None] = ContextVar("fakes3mp call", default=None)


@contextmanager
def track_call(max_attempts: int | None, known_response: Response | None = None) -> Iterator[None]:
    """Make an S3 call the current one. Calls nest: a handler of the call's events may make another."""
    token = _CURRENT.set(ClientCall(max_attempts, known_response))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_call() -> ClientCall:
    """The current call, or a new one outside of any."""
    return _CURRENT.get() or ClientCall()


def skip_wait(seconds: float) -> bool:
    """Record a wait of the current S3 call; whether the client is to skip it. With ``real_sleep`` it is not."""
    call = _CURRENT.get()
    if call is None:
        return False
    call.waited += seconds
    fake = ACTIVE.innermost
    return fake is not None and not fake.real_sleep
