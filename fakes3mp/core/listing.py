"""Pagination of everything S3 lists: keys, versions, uploads, parts.

Walk an ordered index from a marker on, group keys into common prefixes, and take one page of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from fakes3mp.core.objects import MAX_KEY_BYTES
from fakes3mp.errors import invalid_argument

T = TypeVar("T")


_MAX_PAGE = 1000  # entries
_MAX_INTEGER = 2**31 - 1


def validate_page_size(requested: int | None, parameter: str, argument: str | None = None) -> int:
    """How many entries a page may have: 1000 at most."""
    return _MAX_PAGE if requested is None else min(validate_integer(requested, parameter, argument), _MAX_PAGE)


def validate_integer(value: int, parameter: str, argument: str | None = None) -> int:
    """The value, if it is between 0 and 2,147,483,647; InvalidArgument if not (O259).

    ``argument`` is the name in the error for a negative value, where that is not the query parameter's.
    """
    if value > _MAX_INTEGER:
        message = f"Provided {parameter} not an integer or within integer range"
        raise invalid_argument(message, parameter, str(value))
    if value < 0:
        name = argument or parameter
        raise invalid_argument(f"Argument {name} must be an integer between 0 and {_MAX_INTEGER}", name, str(value))
    return value


class SortedKeys(Protocol):
    """Keys in their order, which can be walked from any of them on."""

    def since(self, key: str, /) -> Iterator[str]: ...
    def after(self, key: str, /) -> Iterator[str]: ...


class CommonPrefix(str):
    """The entry of a list that stands for all keys with this prefix, which ends with the delimiter."""

    __slots__ = ()


class Page(Struct, Generic[T], frozen=True):
    """One page: its entries and common prefixes in order, and whether more follow."""

    items: tuple[T | CommonPrefix, ...]
    truncated: bool

    @property
    def entries(self) -> list[T]:
        """The items that are not common prefixes."""
        return [item for item in self.items if not isinstance(item, CommonPrefix)]

    @property
    def prefixes(self) -> list[CommonPrefix]:
        """The items that are common prefixes."""
        return [item for item in self.items if isinstance(item, CommonPrefix)]

    @property
    def last(self) -> T | CommonPrefix | None:
        """The last item, None on an empty page."""
        return self.items[-1] if self.items else None


def paginate(items: Iterable[T | CommonPrefix], limit: int) -> Page[T]:
    """A page of the first ``limit`` items; with a limit of 0 it is empty and not truncated."""
    page_items = tuple(islice(items, limit + 1)) if limit > 0 else ()
    return Page(page_items[:limit], truncated=len(page_items) > limit)


def common_prefix(key: str, prefix: str, delimiter: str) -> CommonPrefix | None:
    """The common prefix of a key: up to the first delimiter after ``prefix``; None if there is none."""
    if not delimiter or not key.startswith(prefix):
        return None
    position = key.find(delimiter, len(prefix))
    return None if position < 0 else CommonPrefix(key[: position + len(delimiter)])


def walk_keys(
    keys: SortedKeys,
    entries_of: Callable[[str], Iterable[T]],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    rest: Iterable[T] = (),
) -> Iterator[T | CommonPrefix]:
    """The entries of the keys under ``prefix`` that are greater than ``after``, with their common prefixes.

    ``entries_of`` returns the entries of a key, possibly none. ``rest`` are the entries of the key ``after`` itself that
    the page before had no space for. A marker inside a common prefix skips all of it (F81).
    """
    group = common_prefix(after, prefix, delimiter) if after else None
    if group is None:
        yield from rest
    remaining = _keys_from(keys, prefix, after, group)
    key = next(remaining, None)
    while key is not None and key.startswith(prefix):
        group = common_prefix(key, prefix, delimiter)
        if group is None:
            yield from entries_of(key)
        elif any(True for _ in entries_of(key)):
            yield group
            remaining = keys.since(_beyond(group))
        key = next(remaining, None)


def _keys_from(keys: SortedKeys, prefix: str, after: str, group: CommonPrefix | None) -> Iterator[str]:
    """The keys to begin with: beyond the marker's common prefix, after the marker, or from the prefix on."""
    if group is not None:
        return keys.since(max(_beyond(group), prefix))
    return keys.after(after) if after and after >= prefix else keys.since(prefix)


_HIGHEST = chr(0x10FFFF)


def _beyond(prefix: str) -> str:
    """The first string that is greater than every string with this prefix."""
    shorter = prefix.rstrip(_HIGHEST)
    return shorter[:-1] + chr(ord(shorter[-1]) + 1) if shorter else prefix + _HIGHEST * MAX_KEY_BYTES
