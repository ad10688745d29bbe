"""Many changes of a store, which happen as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fakes3mp.core.store import Store


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
