"""Everything in a store that changes, as one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar, overload

from msgspec import Struct, field

from fakes3mp.core.access_points import Endpoint
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.control import ControlState
from fakes3mp.core.ids import Ids
from fakes3mp.core.journal import Journal
from fakes3mp.core.schedule import Schedule
from fakes3mp.core.sorted_map import SortedMap
from fakes3mp.core.uploads import Upload


class StoreState(Struct):
    """Everything in a store that changes; a snapshot is a copy of it.

    A copy shares its contents. Buckets and uploads belong to the generation that made them: another one changes copies of
    its own.
    """

    ids: Ids
    buckets: SortedMap[str, Bucket] = field(default_factory=SortedMap)
    uploads: SortedMap[str, Upload] = field(default_factory=SortedMap)  # by id, ended ones too
    access_points: SortedMap[str, Endpoint] = field(default_factory=SortedMap)  # by ARN
    scheduled: Schedule = field(default_factory=Schedule)
    # owner -> the settings of Block Public Access of its account
    public_access_blocks: SortedMap[str, dict[str, bool]] = field(default_factory=SortedMap)
    # client token of a RenameObject -> its request
    rename_tokens: SortedMap[str, str] = field(default_factory=SortedMap)
    control: ControlState = field(default_factory=ControlState)
    # bucket, number of the record -> its time and text: what server access logging has not delivered yet
    access_logs: SortedMap[tuple[str, int], tuple[datetime, str]] = field(default_factory=SortedMap)
    sequence: int = 0  # the number of the last change
    generation: object = field(default_factory=object)

    def copy(self) -> StoreState:
        """A state with the same contents. Both begin a new generation."""
        self.generation = object()
        return StoreState(
            self.ids.copy(),
            self.buckets.copy(),
            self.uploads.copy(),
            self.access_points.copy(),
            self.scheduled.copy(),
            self.public_access_blocks.copy(),
            self.rename_tokens.copy(),
            self.control.copy(),
            self.access_logs.copy(),
            self.sequence,
        )


class Shareable(Protocol):
    """A bucket or an upload, which belongs to the generation that made it."""

    generation: object

    def copy(self, journal: Journal, generation: object, /) -> Any: ...


T = TypeVar("T", bound=Shareable)
U = TypeVar("U")


class StateHolder(Protocol):
    """What is needed of a ``Store``."""

    lock: Any
    journal: Journal
    _state: StoreState

    def forget_lookups(self) -> None: ...


class Changeable(Mapping[str, T]):
    """Buckets or uploads of a store, looked up in order to be changed: a copy takes the place of one that is shared.

    Parameters
    ----------
    store : Store
        Its state is looked at.
    field : str
        The field of the state: "buckets" or "uploads".
    """

    __slots__ = ("_field", "_known", "_store")

    def __init__(self, store: StateHolder, field: str) -> None:
        self._store, self._field = store, field
        self.forget()

    def forget(self) -> None:
        """Look everything up anew: something was added, removed or taken back."""
        self._known: tuple[object, dict[str, T]] = None, {}  # a generation, and what was looked up in it

    @property
    def _items(self) -> SortedMap[str, T]:
        items: SortedMap[str, T] = getattr(self._store._state, self._field)
        return items

    @overload
    def get(self, name: str, default: None = None) -> T | None: ...
    @overload
    def get(self, name: str, default: U) -> T | U: ...
    def get(self, name: str, default: Any = None) -> Any:
        generation, known = self._known
        if generation is self._store._state.generation and name in known:
            return known[name]
        item = self._look_up(name)
        return default if item is None else item

    def _look_up(self, name: str) -> T | None:
        """Under the lock: another thread may be about to change the same item."""
        with self._store.lock:
            generation, items = self._store._state.generation, self._items
            item = items.get(name)
            if item is None:
                return None
            if item.generation is not generation:
                item = items[name] = item.copy(self._store.journal, generation)
            if self._known[0] is not generation:
                self._known = generation, {}
            self._known[1][name] = item
            return item

    def __getitem__(self, name: str) -> T:
        item = self.get(name)
        if item is None:
            raise KeyError(name)
        return item

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
