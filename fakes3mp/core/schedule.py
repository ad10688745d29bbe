"""What is to happen by itself, and when: each step with its time, and the steps in the order of their times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import takewhile

from fakes3mp.core.journal import Journal
from fakes3mp.core.sorted_map import SortedMap

Step = tuple[str, ...]  # what is to happen at some time: its kind, and what it happens to


class Schedule(Mapping[Step, datetime]):
    """The time at which each step is due.

    The next one is found at once, however many there are: every call asks for it.

    >>> from datetime import timezone
    >>> schedule, at = Schedule(), datetime(2026, 1, 1, tzinfo=timezone.utc)
    >>> schedule.set(("job", "a"), at, Journal()); schedule.next_time == at, schedule.steps_at(at)
    (True, [('job', 'a')])
    """

    __slots__ = ("_in_order", "_times")

    def __init__(self) -> None:
        self._times: SortedMap[Step, datetime] = SortedMap()
        self._in_order: SortedMap[tuple[datetime, Step], None] = SortedMap()

    def copy(self) -> Schedule:
        """A schedule with the same steps; what becomes of one does not change the other."""
        duplicate = Schedule()
        duplicate._times, duplicate._in_order = self._times.copy(), self._in_order.copy()
        return duplicate

    def set(self, step: Step, at: datetime | None, journal: Journal) -> None:
        """Set when a step is due; None where it is not to happen any more."""
        before = self._times.get(step)
        if before is not None:
            journal.remove_item(self._in_order, (before, step))
        if at is None:
            journal.remove_item(self._times, step)
        else:
            journal.set_item(self._times, step, at)
            journal.set_item(self._in_order, (at, step), None)

    @property
    def next_time(self) -> datetime | None:
        """When the next step is due."""
        return next(iter(self._in_order))[0] if self._in_order else None

    def steps_at(self, at: datetime) -> list[Step]:
        """The steps that are due at this very time."""
        return [step for _, step in takewhile(lambda item: item[0] == at, self._in_order.since((at, ())))]

    def __getitem__(self, step: Step) -> datetime:
        return self._times[step]

    def __iter__(self) -> Iterator[Step]:
        return iter(self._times)

    def __len__(self) -> int:
        return len(self._times)
