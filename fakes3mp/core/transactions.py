"""Changes of a store that happen as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes3mp.core.store import Store


class Transaction:
    """The store's lock, held for a change: if an exception leaves the block, all changes made in it are taken back."""

    __slots__ = ("_journal", "_sequence", "_store")

    def __init__(self, store: Store) -> None:
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
                self._store._state.sequence = self._sequence
        finally:
            self._store.lock.release()


@contextmanager
def bulk_change(store: Store) -> Iterator[None]:
    """The store's lock, held for many changes: if an exception leaves the block, the state is the one before, as a whole.

    Unlike a transaction it does not record how to take each change back.
    """
    with store.lock:
        before = store.snapshot()
        try:
            yield
        except BaseException:
            store.restore(before)
            raise
