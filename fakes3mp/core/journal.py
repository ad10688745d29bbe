"""The journal: the steps that take back what an operation has changed so far.

Methods that change the state record in it how to undo the change. ``Store.transaction`` runs the steps, the last one
first, where an exception leaves its block: an operation that raises leaves the state as it was.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_MISSING: Any = object()


class Journal:
    """The changes of the transaction that is in progress. Outside of one, nothing is recorded.

    >>> journal, tags = Journal(), {"a": "1"}
    >>> journal.begin(); journal.set_item(tags, "a", "2"); journal.set_item(tags, "b", "3"); tags
    {'a': '2', 'b': '3'}
    >>> journal.roll_back(); tags
    {'a': '1'}
    """

    __slots__ = ("_marks", "_steps")

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._marks: list[int] = []  # for each transaction in progress, the number of steps at its beginning

    def begin(self) -> None:
        """Begin a transaction, perhaps inside another one."""
        self._marks.append(len(self._steps))

    def commit(self) -> None:
        """End the innermost transaction; the outer one can still take its changes back."""
        self._marks.pop()
        if not self._marks:
            self._steps.clear()

    def roll_back(self) -> None:
        """End the innermost transaction and take its changes back."""
        mark = self._marks.pop()
        while len(self._steps) > mark:
            undo, arguments = self._steps.pop()
            undo(*arguments)

    def record(self, undo: Callable[..., object], *arguments: Any) -> None:
        """Record the call that takes back a change."""
        if self._marks:
            self._steps.append((undo, arguments))

    def set_item(self, mapping: MutableMapping[K, V], key: K, value: V) -> None:
        """Set an item of a mapping."""
        if self._marks:
            self.record(_restore_item, mapping, key, mapping.get(key, _MISSING))
        mapping[key] = value

    def remove_item(self, mapping: MutableMapping[K, V], key: K) -> None:
        """Remove an item of a mapping, if it is there."""
        self.record(_restore_item, mapping, key, mapping.pop(key, _MISSING))

    def set_attribute(self, target: object, name: str, value: object) -> None:
        """Set an attribute of an object."""
        self.record(setattr, target, name, getattr(target, name))
        setattr(target, name, value)


def _restore_item(mapping: MutableMapping[K, V], key: K, value: V) -> None:
    if value is _MISSING:
        mapping.pop(key, None)
    else:
        mapping[key] = value
