"""A schedule: the faults of one run, each at one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.exploration.kinds import Kind
from fakes3mp.exploration.points import Point

_EVERY = 1_000_000  # calls: more than code that ends makes


class PlannedFault(Struct, frozen=True):
    """A fault of some kind at a call, and at so many attempts from that one on."""

    point: Point
    kind: Kind
    times: int | None = 1  # None: every attempt

    def as_python(self) -> str:
        """The fault rule as Python."""
        params = "".join(f", {name}={value!r}" for name, value in self.point.params)
        nth = f".nth({self.point.attempt})" if self.point.attempt > 1 or self.times == 1 else ""
        times = f".times({self.times})" if self.times not in (None, 1) else ""
        return f"on({self.point.operation!r}{params}){nth}{times}{self.kind.as_python()}"

    def __str__(self) -> str:
        times = {None: ", every time", 1: ""}.get(self.times, f", {self.times} times")
        return f"{self.point}: {self.kind.name}{times}"


class Schedule(Struct, frozen=True):
    """The faults of one run; none for the run without faults.

    Attributes
    ----------
    faults : tuple of PlannedFault
        In the order in which they were added to the schedule.
    """

    faults: tuple[PlannedFault, ...] = ()

    def with_fault(self, fault: PlannedFault) -> Schedule:
        """The schedule with one fault more."""
        return Schedule((*self.faults, fault))

    def without_fault(self, index: int) -> Schedule:
        """The schedule without one of its faults."""
        return Schedule(self.faults[:index] + self.faults[index + 1 :])

    def with_times(self, index: int, times: int) -> Schedule:
        """The schedule with another number of attempts that one of its faults hits."""
        changed = replace(self.faults[index], times=times)
        return Schedule((*self.faults[:index], changed, *self.faults[index + 1 :]))

    def add_to(self, faults: Any) -> list[Any]:
        """Add the rules to ``fake.faults``; returns them."""
        rules = []
        for fault in self.faults:
            rule = faults.on(fault.point.operation, **dict(fault.point.params)).nth(fault.point.attempt)
            fault.kind.add_to(rule.times(fault.times or _EVERY))
            rules.append(rule)
        return rules

    def length(self, order: Mapping[Point, int]) -> tuple[int, int, int]:
        """What makes a schedule longer than another: more faults, then more attempts, then later calls."""
        attempts = sum(fault.times or _EVERY for fault in self.faults)
        return len(self.faults), attempts, sum(order.get(fault.point, len(order)) for fault in self.faults)

    def __str__(self) -> str:
        return " and ".join(map(str, self.faults)) or "no fault"


NO_FAULTS = Schedule()
