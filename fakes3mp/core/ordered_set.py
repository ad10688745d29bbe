"""A set that keeps its members in order: the index under every listing.

What may live here: one data structure. Members are added, removed and walked from any position without touching
the others, so that a page over a million keys costs a page.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T", str, int)

_CHUNK = 1024


class OrderedSet(Generic[T]):
    """An ordered set in chunks of bounded length.

    Strings are ordered by code point, which is the order of their UTF-8 bytes, S3's own (F114).

    >>> index = OrderedSet[str](["b", "a"]); index.add("c"); list(index.after("a"))
    ['b', 'c']
    """

    __slots__ = ("_chunks", "_last")

    def __init__(self, members: list[T] | None = None) -> None:
        ordered = sorted(members or [])
        self._chunks: list[list[T]] = [ordered[at : at + _CHUNK] for at in range(0, len(ordered), _CHUNK)]
        self._last: list[T] = [chunk[-1] for chunk in self._chunks]

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[T]:
        for chunk in self._chunks:
            yield from chunk

    def __deepcopy__(self, memo: object) -> OrderedSet[T]:
        copied = type(self)()
        copied._chunks = [chunk.copy() for chunk in self._chunks]
        copied._last = self._last.copy()
        return copied

    def add(self, member: T) -> None:
        """Put a member in its place; one that is there already stays once."""
        if not self._chunks:
            self._chunks, self._last = [[member]], [member]
            return
        at = min(bisect_left(self._last, member), len(self._chunks) - 1)
        chunk = self._chunks[at]
        place = bisect_left(chunk, member)
        if place < len(chunk) and chunk[place] == member:
            return
        chunk.insert(place, member)
        self._last[at] = chunk[-1]
        if len(chunk) > 2 * _CHUNK:
            self._split(at)

    def _split(self, at: int) -> None:
        chunk = self._chunks[at]
        self._chunks[at : at + 1] = [chunk[:_CHUNK], chunk[_CHUNK:]]
        self._last[at : at + 1] = [chunk[_CHUNK - 1], chunk[-1]]

    def discard(self, member: T) -> None:
        """Take a member out, if it is in."""
        at = bisect_left(self._last, member)
        if at == len(self._chunks):
            return
        chunk = self._chunks[at]
        place = bisect_left(chunk, member)
        if place == len(chunk) or chunk[place] != member:
            return
        del chunk[place]
        if chunk:
            self._last[at] = chunk[-1]
        else:
            del self._chunks[at], self._last[at]

    def since(self, member: T) -> Iterator[T]:
        """The members from this one on, itself included if it is in."""
        at = bisect_left(self._last, member)
        if at < len(self._chunks):
            yield from self._walk(at, bisect_left(self._chunks[at], member))

    def after(self, member: T) -> Iterator[T]:
        """The members strictly greater than this one."""
        at = bisect_right(self._last, member)
        if at < len(self._chunks):
            yield from self._walk(at, bisect_right(self._chunks[at], member))

    def _walk(self, at: int, place: int) -> Iterator[T]:
        yield from itertools.islice(self._chunks[at], place, None)
        for chunk in itertools.islice(self._chunks, at + 1, None):
            yield from chunk
