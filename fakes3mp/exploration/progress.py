"""The schedules that earlier explorations of the same code passed, in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from fakes3mp.exploration.points import Point
from fakes3mp.exploration.schedule import Schedule


class Progress:
    """Schedules that need not be run again, as long as the code makes the same calls without faults.

    A schedule is noted with whether its fault can also hit later attempts.
    """

    def __init__(self, path: str | Path | None, points: Iterable[Point]) -> None:
        self._path = None if path is None else Path(path)
        self._points = [str(point) for point in points]
        self._passed_before: dict[str, bool] = {}
        self._passed: dict[str, bool] = {}
        if self._path is not None and self._path.exists():
            document = json.loads(self._path.read_text(encoding="utf-8"))
            if document["points"] == self._points:
                self._passed_before = document["passed"]

    def is_passed(self, schedule: Schedule) -> bool:
        """Whether an earlier exploration passed this schedule."""
        return str(schedule) in self._passed_before

    def repeats(self, schedule: Schedule) -> bool:
        """Whether the fault of a schedule that was passed can also hit later attempts."""
        return self._passed_before.get(str(schedule), False)

    def note(self, schedule: Schedule, *, repeats: bool) -> None:
        """Note that a schedule broke no invariant."""
        self._passed[str(schedule)] = repeats

    def save(self) -> None:
        """Write the file."""
        if self._path is not None:
            document = {"points": self._points, "passed": {**self._passed_before, **self._passed}}
            self._path.write_text(json.dumps(document, indent=0), encoding="utf-8")
