"""The search: every fault kind at every fault point, then further faults at the calls that the first ones brought about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.exploration.invariants import CHECK, Invariant, Judgement, describe_assertion, known_uploads
from fakes3mp.exploration.kinds import Kind
from fakes3mp.exploration.points import Point
from fakes3mp.exploration.progress import Progress
from fakes3mp.exploration.report import NOT_EXPLORED, Orphan, Report, Violation
from fakes3mp.exploration.runner import Outcome, Runner
from fakes3mp.exploration.schedule import NO_FAULTS, PlannedFault, Schedule
from fakes3mp.inspection.calls import Call

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3

Check = Callable[[Any, Outcome], object]


class Settings(Struct, frozen=True):
    """What to explore, and how far."""

    kinds: tuple[Kind, ...]
    invariants: tuple[Invariant, ...]
    check: Check | None = None
    depth: int = 1
    max_runs: int = 2000
    seconds: float | None = None
    rerun: bool = True
    part: tuple[int, int] = (0, 1)  # which of how many parts of the schedules
    on_schedule: Callable[[Schedule, Sequence[Violation]], None] | None = None  # called after each


class Search:
    """One exploration, after the run without faults."""

    def __init__(self, runner: Runner, settings: Settings, report: Report) -> None:
        self._runner = runner
        self.fake: FakeS3 = runner.fake
        self._settings = settings
        self.report = report
        self._began = time.monotonic()
        self.faultless: Outcome
        self.progress: Progress

    def run_without_faults(self) -> Outcome:
        """The run that all others are compared with. An exception of the code's goes on to the caller."""
        self.faultless = self._runner.run()
        if self.faultless.error is not None:
            raise self.faultless.error
        self.report.points = tuple(self.faultless.points)
        self.report.schedules = {point: {} for point in self.faultless.points}
        return self.faultless

    def judge_without_faults(self) -> list[Violation]:
        """The invariants that are broken where there is no fault. Where there are any, the search makes no sense."""
        return self.try_schedule(NO_FAULTS)[1]

    def go(self) -> None:
        """Try all schedules of one fault, then of two, ..., unless an invariant is broken."""
        frontier: list[tuple[Schedule, Mapping[Point, Call]]] = [(NO_FAULTS, self.faultless.points)]
        for level in range(1, self._settings.depth + 1):
            found: list[tuple[Schedule, Mapping[Point, Call]]] = []
            for number, (schedule, point, kind) in enumerate(self._candidates(frontier)):
                if level == 1 and number % self._settings.part[1] != self._settings.part[0]:
                    continue
                for outcome in self._try_fault(schedule, point, kind, is_last=level == self._settings.depth):
                    found.append((outcome.schedule, self._calls_brought_about(outcome)))
            if self.report.violations:
                return
            frontier = found

    def _candidates(
        self, frontier: Sequence[tuple[Schedule, Mapping[Point, Call]]]
    ) -> Iterator[tuple[Schedule, Point, Kind]]:
        for schedule, points in frontier:
            for point, call in points.items():
                for kind in self._settings.kinds:
                    if kind.applies(call):
                        yield schedule, point, kind

    def _calls_brought_about(self, outcome: Outcome) -> dict[Point, Call]:
        """The calls of a run that are not in the one without faults, and that no fault hit: retries, aborts, clean-ups."""
        known = self.faultless.points
        return {point: call for point, call in outcome.points.items() if point not in known and call.fault is None}

    def _try_fault(self, schedule: Schedule, point: Point, kind: Kind, *, is_last: bool) -> Iterator[Outcome]:
        """Run a schedule with one more fault: once, and at every attempt where that is another thing."""
        once = schedule.with_fault(PlannedFault(point, kind))
        outcome = self._explore(once, is_last=is_last)
        if outcome is not None:
            repeats = kind.repeats and any(
                later.identity == point.identity and later.attempt > point.attempt for later in outcome.points
            )
            self.progress.note(once, repeats=repeats)
            yield outcome
        elif not (kind.repeats and self.progress.repeats(once)):
            return
        else:
            repeats = True
        if repeats:
            always = schedule.with_fault(PlannedFault(point, kind, times=None))
            outcome = self._explore(always, is_last=is_last)
            if outcome is not None:
                self.progress.note(always, repeats=False)
                yield outcome

    def _explore(self, schedule: Schedule, *, is_last: bool) -> Outcome | None:
        """Run a schedule and note what came of it; None where it is known to be right, or where there is no time left."""
        if is_last and self.progress.is_passed(schedule):
            self.report.known += 1
            self._note(schedule, "ok")
            return None
        if self._is_over():
            self.report.unexplored += 1
            self._note(schedule, NOT_EXPLORED)
            return None
        self.report.explored += 1
        outcome, violations = self.try_schedule(schedule)
        self.report.violations += violations
        self._note(schedule, ", ".join(violation.invariant for violation in violations) or "ok")
        self.report.orphans += _orphans(outcome)
        if self._settings.on_schedule is not None:
            self._settings.on_schedule(schedule, violations)
        return None if violations else outcome

    def _note(self, schedule: Schedule, verdict: str) -> None:
        """The verdict of a schedule of one fault, in the report's grid."""
        if len(schedule.faults) == 1:
            fault = schedule.faults[0]
            label = fault.kind.name + ("" if fault.times == 1 else ", every time")
            self.report.schedules[fault.point][label] = verdict

    def _is_over(self) -> bool:
        seconds = self._settings.seconds
        return self._runner.runs >= self._settings.max_runs or (
            seconds is not None and time.monotonic() - self._began >= seconds
        )

    def try_schedule(self, schedule: Schedule) -> tuple[Outcome, list[Violation]]:
        """Run a schedule, and judge what came of it."""
        outcome = self._runner.run(schedule)
        failed_check = self._failed_check(outcome)
        again = self._runner.run_again(outcome) if self._settings.rerun else None
        judgement = Judgement(self.faultless, outcome, again)
        violations = [
            Violation(invariant.name, invariant.meaning, details, outcome)
            for invariant in self._settings.invariants
            if (details := tuple(invariant.violations(judgement)))
        ]
        if failed_check is not None:
            violations.append(Violation(CHECK, "the check that was given holds", (failed_check,), outcome))
        return outcome, violations

    def _failed_check(self, outcome: Outcome) -> str | None:
        if self._settings.check is None:
            return None
        try:
            self._settings.check(self._runner.fake, outcome)
        except AssertionError as error:
            return describe_assertion(error)
        return None

    def still_breaks(self, invariant: str) -> Callable[[Schedule], Violation | None]:
        """A function that runs a schedule, and returns its violation of this invariant, if it breaks it."""

        def try_again(schedule: Schedule) -> Violation | None:
            violations = self.try_schedule(schedule)[1]
            return next((violation for violation in violations if violation.invariant == invariant), None)

        return try_again


def _orphans(outcome: Outcome) -> list[Orphan]:
    """Uploads that stayed open, for which the code is not to blame."""
    known, orphans = known_uploads(outcome), []
    aborted = {call.params.get("UploadId") for call in outcome.calls if call.operation == "AbortMultipartUpload"}
    for upload_id in outcome.after.open_uploads.keys() - outcome.before.open_uploads.keys():
        if upload_id not in known:
            reason = "the response with its id was lost"
        elif outcome.crashed:
            reason = "the code had crashed"
        elif upload_id in aborted:
            reason = "AbortMultipartUpload failed"
        else:
            continue
        orphans.append(Orphan(outcome.after.open_uploads[upload_id], reason, outcome.schedule))
    return orphans
