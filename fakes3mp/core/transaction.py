"""A change of the store: the whole of it happens, or nothing."""

from __future__ import annotations

from types import TracebackType

from fakes3mp.core.state import StateHolder


class Transaction:
    """The store's lock, held for a change: if an exception leaves the block, all changes made in it are taken back."""

    __slots__ = ("_journal", "_sequence", "_store")

    def __init__(self, store: StateHolder) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.lock.acquire()
        self._journal, self._sequence = self._store.journal, self._store._state.sequence
        self._journal.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._journal.commit()
            else:
                self._journal.roll_back()
                self._store.forget_lookups()
                self._store._state.sequence = self._sequence
        finally:
            self._store.lock.release()
