"""What snapshots share instead of copying."""

from __future__ import annotations

from msgspec import Struct


class Value(Struct, frozen=True, gc=False):
    """A frozen value: a copy of it is itself, and it can hold nothing that holds it."""

    def __deepcopy__(self, memo: object) -> Value:
        return self
