"""A mapping that is sorted at any time and copied at no cost, in which the store holds buckets, objects, uploads and parts.

Items are in leaves of bounded length. A copy shares all leaves; who changes an item copies the leaf that it is in before.
So a snapshot costs the same at any size, and what follows it costs what is changed. A page of a list costs its length.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import ItemsView, Iterable, Iterator, MutableMapping, ValuesView
from itertools import chain, islice
from typing import Any, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_MAX_LEAF = 512  # items
_MISSING: Any = object()


class _Leaf:
    """Neighbouring items. Only the map that owns it may change it."""

    __slots__ = ("keys", "owner", "values")

    def __init__(self, keys: list[Any], values: list[Any], owner: object) -> None:
        self.keys, self.values, self.owner = keys, values, owner


class _Values(ValuesView[V]):
    """The values in the order of their keys."""

    _mapping: SortedMap[Any, V]

    def __iter__(self) -> Iterator[V]:
        return chain.from_iterable(leaf.values for leaf in self._mapping._leaves)


class _Items(ItemsView[K, V]):
    """The items in the order of their keys."""

    _mapping: SortedMap[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return chain.from_iterable(zip(leaf.keys, leaf.values, strict=True) for leaf in self._mapping._leaves)


class SortedMap(MutableMapping[K, V]):
    """A mapping in the order of its keys.

    Strings are ordered by code point, which is the order of their UTF-8 bytes, S3's own (F114).

    Parameters
    ----------
    items : iterable of (key, value)
        The items to begin with.

    Examples
    --------
    >>> parts = SortedMap([(3, "c"), (1, "a")]); before = parts.copy(); parts[2] = "b"
    >>> list(parts.items()), list(before), list(parts.after(1))
    ([(1, 'a'), (2, 'b'), (3, 'c')], [1, 3], [2, 3])
    """

    __slots__ = ("_last", "_leaves", "_length", "_owner")

    def __init__(self, items: Iterable[tuple[K, V]] = ()) -> None:
        self._leaves: list[_Leaf] = []
        self._last: list[Any] = []  # the last key of each leaf
        self._length = 0
        self._owner: object | None = None  # None: the two lists are shared with a copy, and so are all leaves
        for key, value in items:
            self[key] = value

    def copy(self) -> SortedMap[K, V]:
        """A map with the same items; what becomes of one does not change the other."""
        duplicate: SortedMap[K, V] = SortedMap.__new__(SortedMap)
        duplicate._leaves, duplicate._last, duplicate._length = self._leaves, self._last, self._length
        self._owner = duplicate._owner = None
        return duplicate

    __copy__ = copy

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[K]:
        return chain.from_iterable(leaf.keys for leaf in self._leaves)

    def values(self) -> ValuesView[V]:
        return _Values(self)

    def items(self) -> ItemsView[K, V]:
        return _Items(self)

    def __repr__(self) -> str:
        return f"SortedMap({list(self.items())!r})"

    @overload
    def get(self, key: K, default: None = None) -> V | None: ...
    @overload
    def get(self, key: K, default: T) -> V | T: ...
    def get(self, key: K, default: Any = None) -> Any:
        index = bisect_left(self._last, key)
        if index == len(self._last):
            return default
        leaf = self._leaves[index]
        position = bisect_left(leaf.keys, key)
        return leaf.values[position] if leaf.keys[position] == key else default

    def __getitem__(self, key: K) -> V:
        value: V = self.get(key, _MISSING)
        if value is _MISSING:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(key, _MISSING) is not _MISSING  # type: ignore[arg-type]

    def __setitem__(self, key: K, value: V) -> None:
        index = bisect_left(self._last, key)
        if index == len(self._last):
            self._append(key, value)
            return
        leaf = self._own_leaf(index)
        position = bisect_left(leaf.keys, key)
        if leaf.keys[position] == key:
            leaf.values[position] = value
            return
        leaf.keys.insert(position, key)
        leaf.values.insert(position, value)
        self._length += 1
        if len(leaf.keys) > _MAX_LEAF:
            self._split(index, leaf)

    def _append(self, key: K, value: V) -> None:
        """Add an item after all others. Full leaves stay full, so that keys that come in order take little memory."""
        if self._leaves and len(self._leaves[-1].keys) < _MAX_LEAF:
            leaf = self._own_leaf(len(self._leaves) - 1)
            leaf.keys.append(key)
            leaf.values.append(value)
            self._last[-1] = key
        else:
            self._leaves = self._own_leaves()
            self._leaves.append(_Leaf([key], [value], self._owner))
            self._last.append(key)
        self._length += 1

    def _split(self, index: int, leaf: _Leaf) -> None:
        middle = len(leaf.keys) // 2
        self._leaves.insert(index, _Leaf(leaf.keys[:middle], leaf.values[:middle], self._owner))
        self._last.insert(index, leaf.keys[middle - 1])
        del leaf.keys[:middle], leaf.values[:middle]

    def __delitem__(self, key: K) -> None:
        index = bisect_left(self._last, key)
        if index == len(self._last):
            raise KeyError(key)
        leaf = self._leaves[index]
        position = bisect_left(leaf.keys, key)
        if leaf.keys[position] != key:
            raise KeyError(key)
        leaf = self._own_leaf(index)
        del leaf.keys[position], leaf.values[position]
        self._length -= 1
        if leaf.keys:
            self._last[index] = leaf.keys[-1]
        else:
            del self._leaves[index], self._last[index]

    def _own_leaves(self) -> list[_Leaf]:
        """The list of leaves, after copying it and that of their last keys if a copy shares them."""
        if self._owner is None:
            self._leaves, self._last, self._owner = self._leaves.copy(), self._last.copy(), object()
        return self._leaves

    def _own_leaf(self, index: int) -> _Leaf:
        """The leaf at this index, after copying it if a copy shares it."""
        leaves = self._own_leaves()
        leaf = leaves[index]
        if leaf.owner is not self._owner:
            leaf = leaves[index] = _Leaf(leaf.keys.copy(), leaf.values.copy(), self._owner)
        return leaf

    def since(self, key: K) -> Iterator[K]:
        """The keys that are greater than this one or equal to it."""
        index = bisect_left(self._last, key)
        if index == len(self._last):
            return iter(())
        first = self._leaves[index].keys
        rest = (leaf.keys for leaf in islice(self._leaves, index + 1, None))
        return chain(islice(first, bisect_left(first, key), None), chain.from_iterable(rest))

    def after(self, key: K) -> Iterator[K]:
        """The keys that are greater than this one."""
        index = bisect_right(self._last, key)
        if index == len(self._last):
            return iter(())
        first = self._leaves[index].keys
        rest = (leaf.keys for leaf in islice(self._leaves, index + 1, None))
        return chain(islice(first, bisect_right(first, key), None), chain.from_iterable(rest))

    def items_since(self, key: K) -> Iterator[tuple[K, V]]:
        """The items whose keys are greater than this one or equal to it."""
        for index in range(bisect_left(self._last, key), len(self._leaves)):
            leaf = self._leaves[index]
            start = bisect_left(leaf.keys, key)
            yield from zip(islice(leaf.keys, start, None), islice(leaf.values, start, None), strict=True)
