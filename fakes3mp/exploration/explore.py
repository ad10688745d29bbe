"""``explore``: the public function."""

from __future__ import annotations

import asyncio
import inspect
import random
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes3mp.exploration import advice
from fakes3mp.exploration.invariants import choose_invariants
from fakes3mp.exploration.kinds import Kind, choose_kinds
from fakes3mp.exploration.progress import Progress
from fakes3mp.exploration.report import ExplorationError, Report, Violation, describe, further
from fakes3mp.exploration.runner import Code, Outcome, Runner
from fakes3mp.exploration.search import Check, Search, Settings
from fakes3mp.exploration.shrink import shrink
from fakes3mp.fake import FakeS3
from fakes3mp.inspection.formatting import count
from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.options import Options

if TYPE_CHECKING:
    from typing_extensions import Unpack

_ATTEMPTS = 5  # of one call, in the retry mode of botocore's that makes the most
_FURTHER_CALLS = 10  # that a fault may bring about: checks, clean-ups


def explore(
    code: Code,
    *,
    setup: Code | None = None,
    check: Check | None = None,
    faults: str | Sequence[str] = "all",
    depth: int = 1,
    max_runs: int = 2000,
    seconds: float | None = None,
    crash: bool = False,
    rerun: bool = True,
    without: Collection[str] = (),
    ignore: Sequence[str] = (),
    max_calls: int | None = None,
    progress: str | Path | None = None,
    part: tuple[int, int] = (0, 1),
    fake: FakeS3 | None = None,
    on_schedule: Any = None,
    **options: Unpack[Options],
) -> Report:
    """Run code under every fault that S3 and the network can cause, one by one, and check what it leaves.

    The code is run once without faults. Each call that it makes there is a fault point. Then it is run again for each
    fault point and each kind of fault that can happen there, each time from the same state. After each run the
    invariants must hold: no upload left open, nothing half written, ...

    Parameters
    ----------
    code : callable
        The code under test: a function or coroutine function that gets the fake, or nothing.
    setup : callable, optional
        Called before each schedule, without faults: what the code needs to find. It gets the fake, or nothing.
    check : callable, optional
        An invariant of yours: ``check(fake, outcome)`` is called after each run and raises AssertionError.
    faults : "all" or sequence of str, default "all"
        Kinds of faults ("SlowDown", "lose_response", ...) or groups of them ("error", "connection", "ok_with_error",
        "body", "late", "meanwhile", "crash").
    depth : int, default 1
        How many faults there are in one run. With 2, a second one is tried at each call that the first brought about.
    max_runs : int, default 2000
        How often the code is run at most. ``report.unexplored`` says what was left out.
    seconds : float, optional
        After how many seconds no further schedule is begun.
    crash : bool, default False
        Whether the code also dies at each call, before and after S3 carries it out.
    rerun : bool, default True
        Whether the code is run again after each run, without faults: it must succeed and leave the same.
    without : collection of str, default ()
        Invariants that are not checked: "ends", "crash", "late_calls", "assertions", "complete", "all_or_nothing",
        "open_uploads", "versions", "rerun".
    ignore : sequence of str, default ()
        Operations, and patterns of keys such as ``"tmp/*"``: their calls are no fault points and may differ between runs.
    max_calls : int, optional
        How many calls a run may make. By default five times those of the run without faults, and 50 more.
    progress : path, optional
        A file that holds the schedules which are passed: the next exploration leaves them out.
    part : tuple of int, default (0, 1)
        Which of how many parts of the schedules to explore, counted from 0: for several processes.
    fake : FakeS3, optional
        The fake to explore with, from its present state. By default a new one with the options.
    on_schedule : callable, optional
        Called after each schedule, with the schedule and the list of its violations.
    **options
        Those of FakeS3, such as ``buckets``. ``seed`` also seeds the module ``random`` before each run.

    Returns
    -------
    Report
        With ``runs``, ``points``, ``schedules``, ``coverage``, ``orphans`` and ``seconds``.

    Raises
    ------
    ExplorationError
        Where an invariant is broken: it shows the shortest schedule, the calls, and a test to paste.
    ValueError
        Where the code makes no S3 call, or other calls in a second run without faults; for a kind of fault that does not
        exist or applies nowhere; for an unknown invariant.
    RuntimeError
        Where another fake with state is active.

    Examples
    --------
    >>> from fakes3mp import explore
    >>> def save(s3):
    ...     s3.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> report = explore(save, buckets=["media"])
    >>> [str(point) for point in report.points], report.violations
    (['PutObject media/a.txt, attempt 1'], [])
    """
    _check_arguments(code, depth, part, fake, options)
    kinds = choose_kinds(faults, crash=crash)
    settings = Settings(kinds, choose_invariants(without), check, depth, max_runs, seconds, rerun, part, on_schedule)
    began, report = time.monotonic(), Report()
    with ExitStack() as stack:
        explored_fake = fake
        if explored_fake is None:
            fake_options: Options = {"open_uploads": "ignore"}
            fake_options.update(options)
            explored_fake = stack.enter_context(FakeS3(**fake_options))
        stack.callback(random.setstate, random.getstate())
        runner = Runner(explored_fake, code, setup=setup, seed=options.get("seed", 0), ignore=ignore)
        stack.callback(runner.reset)
        search = _search(runner, settings, report, progress, max_calls)
        _check_that_kinds_apply(faults, kinds, search.faultless)
        violation = _violation_without_faults(search)
        if violation is None:
            search.go()
            search.progress.save()
            violation = _shortest(search)
        report.runs, report.seconds = runner.runs, time.monotonic() - began
    if violation is not None:
        raise ExplorationError(_message(violation, code, options, search, setup), report, violation)
    return report


def _check_arguments(
    code: Code, depth: int, part: tuple[int, int], fake: FakeS3 | None, options: Mapping[str, Any]
) -> None:
    if depth < 1:
        raise ValueError(f"depth is the number of faults in one run, 1 or more, not {depth}")
    if not 0 <= part[0] < part[1]:
        raise ValueError(f"part is the number of a part, from 0, and how many there are, such as (0, 4), not {part}")
    if fake is not None and options:
        raise TypeError(f"the options of FakeS3 ({', '.join(options)}) are for a new fake; fake= has its own")
    active = ACTIVE.innermost
    if isinstance(active, FakeS3) and active is not fake and (active.buckets or active.calls):
        raise RuntimeError(
            f"{active!r} is active already. explore() starts a new fake, which the code would call instead. Explore "
            "from the state of the active one with explore(code, fake=...), or call explore() outside of it."
        )
    if inspect.iscoroutinefunction(code) and _loop_is_running():
        raise RuntimeError("an event loop is running: await asyncio.to_thread(explore, code, ...)")


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _search(
    runner: Runner, settings: Settings, report: Report, progress: str | Path | None, max_calls: int | None
) -> Search:
    """The search, after two runs without faults that must make the same calls."""
    search = Search(runner, settings, report)
    first = search.run_without_faults()
    if not first.points:
        raise ValueError(
            "the code made no S3 call that the fake received. Does it call S3 in this process, and wait for it to end?"
        )
    _check_same_calls(first, runner.run())
    search.progress = Progress(progress, first.points)
    runner.max_calls = max_calls or _ATTEMPTS * (len(first.calls) + _FURTHER_CALLS)
    return search


def _check_same_calls(first: Outcome, second: Outcome) -> None:
    for points, others, which in ((first.points, second.points, "first"), (second.points, first.points, "second")):
        for point in points:
            if point not in others:
                raise ValueError(
                    f"the code makes other calls each time, so its calls cannot be failed one by one: {point} came only "
                    f"in the {which} of two runs without faults. If that comes of the module random, seed= makes it "
                    'repeatable; otherwise leave the call out with ignore=, an operation or a pattern: ignore=["tmp/*"].'
                )


def _check_that_kinds_apply(faults: str | Sequence[str], kinds: Sequence[Kind], faultless: Outcome) -> None:
    """Each kind or group that was named must apply to a call."""
    applying = [kind for kind in kinds if any(kind.applies(call) for call in faultless.points.values())]
    for name in [faults] if isinstance(faults, str) else faults:
        if name != "all" and not any(name in (kind.name, kind.group) for kind in applying):
            operations = ", ".join(Counter(point.operation for point in faultless.points))
            raise ValueError(f"the fault kind {name!r} applies to none of the calls of the code: {operations}")


def _violation_without_faults(search: Search) -> Violation | None:
    violations = search.judge_without_faults()
    search.report.violations += violations
    return violations[0] if violations else None


def _shortest(search: Search) -> Violation | None:
    """The shortest of the violations that were found, made shorter still."""
    order = {point: number for number, point in enumerate(search.faultless.points)}
    violations = search.report.violations
    violations.sort(key=lambda violation: violation.schedule.length(order))
    if not violations:
        return None
    violations[0] = shrink(violations[0], search.still_breaks(violations[0].invariant))
    return violations[0]


def _message(violation: Violation, code: Code, options: Mapping[str, Any], search: Search, setup: Code | None) -> str:
    report = search.report
    shown_options = options or {"buckets": list(search.fake.buckets)}
    pasteable = advice.as_test(violation, code, shown_options, search.faultless, setup)
    lines = [describe(violation, getattr(code, "__name__", "the code"), pasteable)]
    others = [each for each in report.violations if each is not violation]
    if others:
        lines += ["", f"{count(len(others), 'further violation')}:", *further(others)]
    return "\n".join([*lines, "", str(report)])
