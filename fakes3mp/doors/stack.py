"""Which fake answers: the stack of active ones, innermost first, shared by all threads.

What may live here: the stack, and what must be done when the first fake starts and the last one stops. Context variables
would not do: s3transfer's threads do not inherit them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from fakes3mp.wire.addressing import belongs_to
from fakes3mp.wire.messages import Arrival, Request, Response
from fakes3mp.wire.writing import Told
from fakes3mp.witness import WITNESS


class Active(Protocol):
    """What the doors need of an active fake."""

    @property
    def passthrough(self) -> Sequence[str]: ...
    @property
    def region(self) -> str: ...
    @property
    def real_sleep(self) -> bool: ...
    @property
    def is_direct(self) -> bool: ...
    def handle(self, request: Request) -> Response: ...
    def call_plainly(self, arrival: Arrival, endpoint: str) -> Told | None: ...
    def endpoint_of(self, url: str) -> str | None: ...
    def claims(self, url: str) -> bool: ...


class Door(Protocol):
    """A way in that is there while a fake is active."""

    def open(self) -> None: ...
    def close(self) -> None: ...


def _doors() -> tuple[Door, ...]:
    from fakes3mp.doors import aio, botocore, guarding, intercepting, loading, transfers

    return (*botocore.DOORS, intercepting.DOOR, aio.DOOR, transfers.DOOR, loading.DOOR, guarding.DOOR)


class Stack:
    """The active fakes of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._active: tuple[Active, ...] = ()
        self.served: set[str] = set()  # URLs of our own servers, which answer for themselves

    def push(self, fake: Active) -> None:
        """Make this fake the one that answers; the first one opens the doors."""
        from fakes3mp.doors import environment

        with self._lock:
            if not self._active:
                environment.DUMMIES.set(fake.region)
                for door in _doors():
                    door.open()
            self._active = (*self._active, fake)
            if WITNESS.started is not None:
                WITNESS.started.append(fake)

    def remove(self, fake: Active) -> None:
        """Take this fake off, wherever it stands; the last one closes the doors behind it."""
        from fakes3mp.doors import environment

        with self._lock:
            self._active = tuple(each for each in self._active if each is not fake)
            if not self._active:
                for door in _doors():
                    door.close()
                environment.DUMMIES.restore()

    @property
    def active(self) -> tuple[Active, ...]:
        """Every active fake, the innermost last."""
        return self._active

    @property
    def top(self) -> Active | None:
        """The fake that answers now."""
        active = self._active
        return active[-1] if active else None

    def answering(self, url: str) -> Active | None:
        """The fake that answers this URL: none where it is exempt, or one of our own servers does."""
        fake = self.top
        if fake is None or any(belongs_to(url, exempt) for exempt in (*fake.passthrough, *self.served)):
            return None
        return fake


STACK = Stack()
