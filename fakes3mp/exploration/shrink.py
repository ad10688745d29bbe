"""Making a schedule that breaks an invariant as short as it can be."""

from __future__ import annotations

from collections.abc import Callable

from fakes3mp.exploration.report import Violation
from fakes3mp.exploration.schedule import Schedule

TryAgain = Callable[[Schedule], "Violation | None"]  # runs a schedule: the same invariant broken, or None


def shrink(violation: Violation, try_again: TryAgain) -> Violation:
    """The violation under fewer faults, each at fewer attempts, as long as the same invariant is broken."""
    violation = _with_fewer_faults(violation, try_again)
    for index in range(len(violation.schedule.faults)):
        violation = _with_fewer_attempts(violation, index, try_again)
    return violation


def _with_fewer_faults(violation: Violation, try_again: TryAgain) -> Violation:
    for index in range(len(violation.schedule.faults)):
        shorter = try_again(violation.schedule.without_fault(index)) if len(violation.schedule.faults) > 1 else None
        if shorter is not None:
            return _with_fewer_faults(shorter, try_again)
    return violation


def _with_fewer_attempts(violation: Violation, index: int, try_again: TryAgain) -> Violation:
    """The fewest attempts that the fault must hit; as many as it hit, where every one is needed."""
    hit = max(violation.outcome.fired[index], 1)
    if violation.schedule.faults[index].times == 1:
        return violation
    passing, times = 0, 1  # as many attempts break nothing; as many are tried next
    while passing < hit:
        shorter = try_again(violation.schedule.with_times(index, times))
        if shorter is not None:
            return _between(shorter, index, passing, times, try_again)
        passing, times = times, min(2 * times, hit)
    return violation


def _between(violation: Violation, index: int, passing: int, breaking: int, try_again: TryAgain) -> Violation:
    """Fewer attempts still, by halving: more than ``passing``, at most ``breaking``."""
    while breaking - passing > 1:
        times = (passing + breaking) // 2
        shorter = try_again(violation.schedule.with_times(index, times))
        if shorter is None:
            passing = times
        else:
            violation, breaking = shorter, times
    return violation
