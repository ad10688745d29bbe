"""One paginator for everything S3 lists: keys, versions, uploads, parts.

What may live here: walking an ordered index from a marker, folding keys into common prefixes, cutting the walk into a
page. What a page looks like in an answer is the operation's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from msgspec import Struct

from fakes3mp.core.objects import MAX_KEY_BYTES
from fakes3mp.core.ordered_set import OrderedSet

T = TypeVar("T")


class CommonPrefix(str):
    """Keys folded into one entry, because they share what stands before the delimiter."""

    __slots__ = ()


class Page(Struct, Generic[T], frozen=True):
    """One page: its entries and common prefixes in order, and whether anything follows."""

    items: tuple[T | CommonPrefix, ...]
    truncated: bool

    @property
    def entries(self) -> list[T]:
        return [item for item in self.items if not isinstance(item, CommonPrefix)]

    @property
    def prefixes(self) -> list[CommonPrefix]:
        return [item for item in self.items if isinstance(item, CommonPrefix)]

    @property
    def last(self) -> T | CommonPrefix | None:
        return self.items[-1] if self.items else None


def page(walk: Iterable[T | CommonPrefix], limit: int) -> Page[T]:
    """The first ``limit`` items of a walk; a limit of 0 is an empty page that nothing follows."""
    items: list[T | CommonPrefix] = []
    for item in walk if limit > 0 else ():
        if len(items) == limit:
            return Page(tuple(items), truncated=True)
        items.append(item)
    return Page(tuple(items), truncated=False)


def folded(key: str, prefix: str, delimiter: str) -> CommonPrefix | None:
    """The common prefix that a key under ``prefix`` is folded into, if any."""
    if not delimiter or not key.startswith(prefix):
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else CommonPrefix(key[: at + len(delimiter)])


def walk(
    keys: OrderedSet[str],
    entries_of: Callable[[str], Iterable[T]],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    rest: Iterable[T] = (),
) -> Iterator[T | CommonPrefix]:
    """The entries of the keys under ``prefix`` that are greater than ``after``, folded at the delimiter.

    ``entries_of`` gives what is listed for a key, possibly nothing. ``rest`` is what the key ``after`` itself still
    has to list. A marker inside a common prefix skips all of it (F81).
    """
    fold = folded(after, prefix, delimiter) if after else None
    if fold is None:
        yield from rest
    upcoming = _upcoming(keys, prefix, after, fold)
    key = next(upcoming, None)
    while key is not None and key.startswith(prefix):
        fold = folded(key, prefix, delimiter)
        if fold is None:
            yield from entries_of(key)
        elif any(True for _ in entries_of(key)):
            yield fold
            upcoming = keys.since(_beyond(fold))
        key = next(upcoming, None)


def _upcoming(keys: OrderedSet[str], prefix: str, after: str, fold: CommonPrefix | None) -> Iterator[str]:
    """The keys to look at: past the marker's common prefix, past the marker, or from the prefix on."""
    if fold is not None:
        return keys.since(max(_beyond(fold), prefix))
    return keys.after(after) if after and after >= prefix else keys.since(prefix)


def _beyond(prefix: str) -> str:
    """The first string that is greater than every string with this prefix."""
    shorter = prefix.rstrip(_HIGHEST)
    return shorter[:-1] + chr(ord(shorter[-1]) + 1) if shorter else prefix + _HIGHEST * MAX_KEY_BYTES


_HIGHEST = chr(0x10FFFF)
