"""A set that is sorted at any time, the index of all lists.

Adding, removing and iterating from any position does not touch the other members: the cost of a page does not depend on
the number of keys.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T", str, int)

_CHUNK = 1024


class OrderedSet(Generic[T]):
    """A sorted set, stored in chunks of bounded length.

    Strings are ordered by code point, which is the order of their UTF-8 bytes, S3's own (F114).

    >>> index = OrderedSet[str](["b", "a"]); index.add("c"); list(index.after("a"))
    ['b', 'c']
    """

    __slots__ = ("_chunks", "_last")

    def __init__(self, members: list[T] | None = None) -> None:
        ordered = sorted(members or [])
        self._chunks: list[list[T]] = [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
        self._last: list[T] = [chunk[-1] for chunk in self._chunks]  # the last member of each chunk

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[T]:
        for chunk in self._chunks:
            yield from chunk

    def __deepcopy__(self, memo: object) -> OrderedSet[T]:
        duplicate = type(self)()
        duplicate._chunks = [chunk.copy() for chunk in self._chunks]
        duplicate._last = self._last.copy()
        return duplicate

    def add(self, member: T) -> None:
        """Add a member, if it is not in the set."""
        if not self._chunks:
            self._chunks, self._last = [[member]], [member]
            return
        chunk_index = min(bisect_left(self._last, member), len(self._chunks) - 1)
        chunk = self._chunks[chunk_index]
        index = bisect_left(chunk, member)
        if index < len(chunk) and chunk[index] == member:
            return
        chunk.insert(index, member)
        self._last[chunk_index] = chunk[-1]
        if len(chunk) > 2 * _CHUNK:
            self._chunks[chunk_index : chunk_index + 1] = [chunk[:_CHUNK], chunk[_CHUNK:]]
            self._last[chunk_index : chunk_index + 1] = [chunk[_CHUNK - 1], chunk[-1]]

    def discard(self, member: T) -> None:
        """Remove a member, if it is in the set."""
        chunk_index = bisect_left(self._last, member)
        if chunk_index == len(self._chunks):
            return
        chunk = self._chunks[chunk_index]
        index = bisect_left(chunk, member)
        if index == len(chunk) or chunk[index] != member:
            return
        del chunk[index]
        if chunk:
            self._last[chunk_index] = chunk[-1]
        else:
            del self._chunks[chunk_index], self._last[chunk_index]

    def since(self, member: T) -> Iterator[T]:
        """The members that are greater than this one or equal to it."""
        chunk_index = bisect_left(self._last, member)
        if chunk_index < len(self._chunks):
            yield from self._iterate_from(chunk_index, bisect_left(self._chunks[chunk_index], member))

    def after(self, member: T) -> Iterator[T]:
        """The members that are greater than this one."""
        chunk_index = bisect_right(self._last, member)
        if chunk_index < len(self._chunks):
            yield from self._iterate_from(chunk_index, bisect_right(self._chunks[chunk_index], member))

    def _iterate_from(self, chunk_index: int, index: int) -> Iterator[T]:
        yield from itertools.islice(self._chunks[chunk_index], index, None)
        for chunk in itertools.islice(self._chunks, chunk_index + 1, None):
            yield from chunk
