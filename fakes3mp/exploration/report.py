"""What an exploration found: the report, and the error for the shortest schedule that breaks an invariant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from fakes3mp.exploration.points import Point
from fakes3mp.exploration.runner import Outcome
from fakes3mp.exploration.schedule import Schedule
from fakes3mp.inspection.formatting import count
from fakes3mp.inspection.timeline import draw_calls

_FURTHER = 12  # schedules that are listed below the shortest


class Violation(Struct, frozen=True):
    """A schedule under which an invariant does not hold.

    Attributes
    ----------
    invariant : str
        Its name.
    meaning : str
        What it says.
    details : tuple of str
        What was wrong.
    outcome : Outcome
        What came of the run.
    """

    invariant: str
    meaning: str
    details: tuple[str, ...]
    outcome: Outcome

    @property
    def schedule(self) -> Schedule:
        """The faults of the run."""
        return self.outcome.schedule

    def __str__(self) -> str:
        return f"{self.schedule} -> {self.invariant}: {'; '.join(self.details)}"


class Orphan(Struct, frozen=True):
    """An upload that stayed open though the code did what it could: its id was lost, or its abort failed."""

    upload: str  # bucket/key, and what its parts take
    reason: str
    schedule: Schedule


class Report(Struct):
    """What ``explore`` did.

    Attributes
    ----------
    runs : int
        How often the code was run.
    points : tuple of Point
        The calls of the run without faults.
    schedules : mapping of Point to dict of str to str
        For each call, what came of each kind of fault there: "ok", the names of the invariants that were broken, or "not
        explored".
    orphans : list of Orphan
        Uploads that stayed open and that the code could not have ended.
    violations : list of Violation
        What was found, the shortest schedule first.
    explored : int
        How many schedules were run.
    unexplored : int
        How many schedules were left out because of ``max_runs`` or ``seconds``.
    known : int
        How many schedules were left out because an earlier exploration had passed them (``progress``).
    seconds : float
        How long it took.
    """

    runs: int = 0
    points: tuple[Point, ...] = ()
    schedules: dict[Point, dict[str, str]] = field(default_factory=dict)
    orphans: list[Orphan] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    explored: int = 0
    unexplored: int = 0
    known: int = 0
    seconds: float = 0.0

    @property
    def coverage(self) -> Mapping[str, tuple[str, ...]]:
        """Which operations were failed, and how.

        Returns
        -------
        mapping of str to tuple of str
            Operation -> kinds of faults, both as they came.
        """
        kinds: dict[str, dict[str, None]] = {}
        for point, verdicts in self.schedules.items():
            tried = (kind for kind, verdict in verdicts.items() if verdict != NOT_EXPLORED)
            kinds.setdefault(point.operation, {}).update(dict.fromkeys(tried))
        return {operation: tuple(names) for operation, names in kinds.items()}

    @property
    def grid(self) -> Mapping[str, Any]:
        """The summary and the verdicts as plain values: for the page, and for another process.

        Returns
        -------
        mapping
            "summary", a line, and "verdicts": call -> kind of fault -> what came of it.
        """
        verdicts = {str(point): dict(of_point) for point, of_point in self.schedules.items()}
        return {"summary": str(self).splitlines()[0], "verdicts": verdicts}

    def __str__(self) -> str:
        lines = [
            f"{count(len(self.points), 'call')}, {count(self.explored, 'schedule')}, {count(self.runs, 'run')} "
            f"in {self.seconds:.1f} s: {count(len(self.violations), 'violation')}"
        ]
        if self.orphans:
            lines.append("uploads that stayed open, and that the code could not end:")
            lines += [f"  {line}" for line in self._orphans_by_reason()]
        if self.unexplored:
            lines.append(f"{count(self.unexplored, 'schedule')} not explored: max_runs or seconds ran out")
        return "\n".join(lines)

    def _orphans_by_reason(self) -> list[str]:
        schedules: dict[tuple[str, str], list[Schedule]] = {}
        for orphan in self.orphans:
            schedules.setdefault((orphan.upload, orphan.reason), []).append(orphan.schedule)
        return [
            f"{upload}; {reason}: {found[0]}" + (f", and {count(len(found) - 1, 'other schedule')}" * (len(found) > 1))
            for (upload, reason), found in schedules.items()
        ][:_FURTHER]


NOT_EXPLORED = "not explored"


class ExplorationError(AssertionError):
    """The code under test breaks an invariant under a schedule of faults.

    Attributes
    ----------
    report : Report or None
        The whole exploration; None where it has not ended.
    violation : Violation
        The shortest one, which the message shows.

    Examples
    --------
    >>> from fakes3mp import ExplorationError, explore
    >>> def start(s3):
    ...     s3.client().create_multipart_upload(Bucket="media", Key="video.mp4")
    >>> try:
    ...     report = explore(start, buckets=["media"])
    ... except ExplorationError as error:
    ...     print(error.violation)
    no fault -> open_uploads: the upload of media/video.mp4: 0 parts, 0 bytes is open, and nobody tried to abort it
    """

    def __init__(self, message: str, report: Report | None, violation: Violation) -> None:
        super().__init__(message)
        self.report = report
        self.violation = violation


def describe(violation: Violation, name: str, pasteable: str = "") -> str:
    """A violation whole: the schedule, the invariant, the calls of the run, and a test to paste."""
    lines = [
        f"{name} breaks the invariant {violation.invariant!r}: {violation.meaning}.",
        *(f"  {detail}" for detail in violation.details),
        "",
        f"The faults: {violation.schedule}",
        violation.outcome.ending,
        "",
        f"The S3 calls of that run ({count(len(violation.outcome.calls), 'call')}):",
        *(f"  {line.rstrip()}" for line in _shortened(draw_calls(violation.outcome.calls))),
    ]
    if pasteable:
        lines += ["", "The same as a test:", "", *(f"    {line}".rstrip() for line in pasteable.splitlines())]
    return "\n".join(lines)


def _shortened(lines: Sequence[str]) -> list[str]:
    if len(lines) <= 40:
        return list(lines)
    return [*lines[:25], f"... {len(lines) - 35} more calls ...", *lines[-10:]]


def further(violations: Sequence[Violation]) -> list[str]:
    """The other violations, a line each; the shortest of each invariant come first."""
    first: dict[str, Violation] = {}
    for violation in violations:
        first.setdefault(violation.invariant, violation)
    ordered = [*first.values(), *(each for each in violations if each is not first[each.invariant])]
    lines = [f"  {violation}" for violation in ordered[:_FURTHER]]
    if len(ordered) > _FURTHER:
        lines.append(f"  ... and {len(ordered) - _FURTHER} more in report.violations")
    return lines
