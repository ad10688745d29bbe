"""Which fake answers: the stack of active ones, innermost first, shared by all threads.

What may live here: the stack, and what must be done when the first fake starts and the last one stops. Context variables
would not do: s3transfer's threads do not inherit them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from fakes3mp.interceptors.environment import DUMMIES
from fakes3mp.interceptors.started import STARTED
from fakes3mp.wire.addressing import belongs_to
from fakes3mp.wire.messages import Request, Response, TypedRequest
from fakes3mp.wire.response_writer import TypedResponse


class ActiveFake(Protocol):
    """What interceptors need of an active fake."""

    @property
    def passthrough(self) -> Sequence[str]: ...
    @property
    def region(self) -> str: ...
    @property
    def real_sleep(self) -> bool: ...
    @property
    def allows_before_call(self) -> bool: ...
    def handle(self, request: Request) -> Response: ...
    def answer_without_http(self, arrival: TypedRequest, endpoint: str) -> TypedResponse | None: ...
    def endpoint_of(self, url: str) -> str | None: ...
    def claims(self, url: str) -> bool: ...


class Interceptor(Protocol):
    """Catches the calls of one kind of client while a fake is active."""

    def install(self) -> None: ...
    def remove(self) -> None: ...


class ActiveFakes:
    """The active fakes of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._active: tuple[ActiveFake, ...] = ()
        self._installed: Sequence[Interceptor] = ()
        self.served: set[str] = set()  # URLs of our own servers, which answer for themselves

    def push(self, fake: ActiveFake, interceptors: Sequence[Interceptor]) -> None:
        """Make this fake the one that answers; with the first one the interceptors are installed."""
        with self._lock:
            if not self._active:
                DUMMIES.set(fake.region)
                for interceptor in interceptors:
                    interceptor.install()
                self._installed = interceptors
            self._active = (*self._active, fake)
            if STARTED.fakes is not None:
                STARTED.fakes.append(fake)

    def remove(self, fake: ActiveFake) -> None:
        """Take this fake off, wherever it stands; with the last one the interceptors are removed."""
        with self._lock:
            self._active = tuple(each for each in self._active if each is not fake)
            if not self._active:
                for interceptor in self._installed:
                    interceptor.remove()
                DUMMIES.restore()

    @property
    def active(self) -> tuple[ActiveFake, ...]:
        """Every active fake, the innermost last."""
        return self._active

    @property
    def top(self) -> ActiveFake | None:
        """The fake that answers now."""
        active = self._active
        return active[-1] if active else None

    def answering(self, url: str) -> ActiveFake | None:
        """The fake that answers this URL: none where it is exempt, or one of our own servers does."""
        fake = self.top
        if fake is None or any(belongs_to(url, exempt) for exempt in (*fake.passthrough, *self.served)):
            return None
        return fake


ACTIVE = ActiveFakes()
