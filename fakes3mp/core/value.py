"""The base of the core's immutable values."""

from __future__ import annotations

from msgspec import Struct


class Value(Struct, frozen=True, gc=False):
    """A frozen struct that snapshots share instead of copying. Its fields must not lead back to it (``gc=False``)."""

    def __deepcopy__(self, memo: object) -> Value:
        return self
