"""The stack of active fakes: the innermost one answers. All threads share it.

A context variable would not do, because s3transfer's threads do not inherit it. The interceptors are installed when the
first fake starts and removed when the last one stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from fakes3mp.interceptors.environment import DUMMY_ENVIRONMENT
from fakes3mp.interceptors.import_hooks import ImportCallback, call_on_import, cancel_on_import
from fakes3mp.interceptors.started import STARTED
from fakes3mp.locks import create_rlock
from fakes3mp.service.learned_secrets import LEARNED_SECRETS
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
    def answered_services(self) -> frozenset[str]: ...
    @property
    def other_services(self) -> str: ...
    @property
    def allows_before_call(self) -> bool: ...
    def handle(self, request: Request) -> Response: ...
    def answer_without_http(self, request: TypedRequest, endpoint: str, /) -> TypedResponse | None: ...
    def endpoint_of(self, url: str) -> str | None: ...
    def claims(self, url: str) -> bool: ...
    def key_of_profile(self, profile: str) -> str | None: ...


class Interceptor(Protocol):
    """Catches the calls of one kind of client while a fake is active.

    Its callbacks are called when their modules are imported, or now if they are. ``remove`` puts everything back as it was,
    also where a callback failed half-way.
    """

    @property
    def callbacks(self) -> Iterable[ImportCallback]: ...
    def remove(self) -> None: ...


class ActiveFakes:
    """The active fakes of this process."""

    def __init__(self) -> None:
        self._lock = create_rlock()
        self._fakes: tuple[ActiveFake, ...] = ()
        self._removals: list[Callable[[], None]] = []  # of all that was installed
        self.server_urls: set[str] = set()  # of our own servers: requests to them are let through

    def push(self, fake: ActiveFake, interceptors: Sequence[Interceptor]) -> None:
        """Make this fake the innermost one; for the first fake the interceptors are installed."""
        with self._lock:
            if not self._fakes:
                self._install(fake.region, interceptors)
            self._fakes = (*self._fakes, fake)
            if STARTED.fakes is not None:
                STARTED.fakes.append(fake)

    def _install(self, region: str, interceptors: Sequence[Interceptor]) -> None:
        """Install what is needed while a fake is active; nothing of it, where anything fails."""
        removals = (interceptor.remove for interceptor in interceptors)
        self._removals = [LEARNED_SECRETS.forget, DUMMY_ENVIRONMENT.restore, *removals, cancel_on_import]
        try:
            DUMMY_ENVIRONMENT.set(region)
            call_on_import(callback for interceptor in interceptors for callback in interceptor.callbacks)
        except BaseException:
            self._remove_all()
            raise

    def _remove_all(self) -> None:
        """Remove what was installed, the last first; all of it, also where one of them fails."""
        try:
            while self._removals:
                self._removals.pop()()
        finally:
            if self._removals:
                self._remove_all()

    def remove(self, fake: ActiveFake) -> None:
        """Take this fake off, at any position; after the last fake the interceptors are removed.

        Where one of them fails the others are removed all the same, and its exception is raised.
        """
        with self._lock:
            self._fakes = tuple(
                other for other in self._fakes if other is not fake and getattr(other, "original", None) is not fake
            )
            if not self._fakes:
                self._remove_all()

    def replace(self, fakes: tuple[ActiveFake, ...]) -> None:
        """Let other fakes answer, in a forked child: its parent's."""
        self._fakes = fakes

    @property
    def fakes(self) -> tuple[ActiveFake, ...]:
        """Every active fake, the innermost last."""
        return self._fakes

    @property
    def innermost(self) -> ActiveFake | None:
        """The fake that was started last, which answers; None where no fake is active."""
        fakes = self._fakes
        return fakes[-1] if fakes else None

    def fake_for(self, url: str) -> ActiveFake | None:
        """The fake that answers this URL; None where the URL is exempt or one of our own servers'."""
        fake = self.innermost
        if fake is None or any(belongs_to(url, exempt) for exempt in (*fake.passthrough, *self.server_urls)):
            return None
        return fake


ACTIVE = ActiveFakes()
