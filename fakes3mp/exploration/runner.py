"""One run of the code under test: from the same state, under a schedule of faults; and what came of it."""

from __future__ import annotations

import asyncio
import gc
import inspect
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.exploration.points import Point, ignored_by, points_of
from fakes3mp.exploration.schedule import NO_FAULTS, Schedule
from fakes3mp.exploration.state import State, state_of
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import Call
from fakes3mp.service.fault_incidents import Crash

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3

Code = Callable[..., Any]

_WAIT_FOR_THREADS = 0.05  # seconds, where the code left threads behind that may still call


class RunStopped(BaseException):
    """Ends a run of code that calls without end, or that calls after it said that it was done."""


class Outcome(Struct):
    """What came of one run, as ``check`` gets it.

    Attributes
    ----------
    schedule : Schedule
        The faults of the run.
    value : object
        What the code returned.
    error : BaseException or None
        What it raised; None where it returned.
    crashed : bool
        Whether a ``crash`` fired: the code was dead from then on.
    calls : Calls
        The calls that it made.
    before, after : State
        What was in S3 before the run and after it.
    fired : tuple of int
        How many calls each fault of the schedule hit.
    too_many_calls : bool
        Whether it was stopped because it made more calls than its client's retries explain.
    late_calls : tuple of str
        Operations that were called after the code had returned or raised.
    crash_caught_in : str or None
        Where the code caught Crash and went on.
    """

    schedule: Schedule
    before: State
    after: State
    points: Mapping[Point, Call]
    calls: Calls
    value: Any = None
    error: BaseException | None = None
    crashed: bool = False
    fired: tuple[int, ...] = ()
    too_many_calls: bool = False
    late_calls: tuple[str, ...] = ()
    crash_caught_in: str | None = None

    def __repr__(self) -> str:
        return f"<outcome under {self.schedule}: {self.ending}>"

    @property
    def returned(self) -> bool:
        """Whether the code returned, so that it says that all is done."""
        return self.error is None and not self.crashed

    @property
    def ending(self) -> str:
        """How the run ended, as a sentence."""
        if self.crashed:
            return "The code crashed."
        if self.error is None:
            return "The code returned."
        return f"The code raised {type(self.error).__name__}: {self.error}"


class _Watch:
    """Counts the calls of one run, and refuses those that must not be."""

    def __init__(self, max_calls: int | None) -> None:
        self._max_calls = max_calls
        self._count = 0
        self._is_over = False
        self.too_many_calls = False
        self.late_calls: list[str] = []

    def __call__(self, request: Any) -> None:
        self._count += 1
        if self._is_over:
            self.late_calls.append(request.operation)
            raise RunStopped(f"{request.operation} was called after the code had ended")
        if self._max_calls is not None and self._count > self._max_calls:
            self.too_many_calls = True
            raise RunStopped(f"stopped after {self._max_calls} calls")

    def end(self, threads_before: set[threading.Thread]) -> None:
        """The code has ended; threads that it left behind have a moment to show that they still call."""
        self._is_over = True
        threads = [thread for thread in threading.enumerate() if thread not in threads_before]
        deadline = time.monotonic() + _WAIT_FOR_THREADS
        while not self.late_calls and any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
            time.sleep(0.001)


class Runner:
    """Runs code under schedules, each time from the same state of the fake."""

    def __init__(
        self,
        fake: FakeS3,
        code: Code,
        *,
        setup: Code | None = None,
        seed: int = 0,
        ignore: Sequence[str] = (),
    ) -> None:
        self.fake = fake
        self.code = code
        self.max_calls: int | None = None
        self.runs: int = 0
        self._setup = setup
        self._seed = seed
        self._is_ignored = ignored_by(ignore)
        self._base = fake.snapshot()
        self._before: State | None = None
        self._code_takes_fake = takes_fake(code)
        self._setup_takes_fake = setup is not None and takes_fake(setup)

    def run(self, schedule: Schedule = NO_FAULTS) -> Outcome:
        """Run the code from the beginning under a schedule."""
        self.reset()
        if self._setup is not None:
            _invoke(self._setup, [self.fake] if self._setup_takes_fake else [], self.fake.faults)
            return self._run(schedule, state_of(self.fake))
        self._before = self._before or state_of(self.fake)
        return self._run(schedule, self._before)

    def run_again(self, first: Outcome) -> Outcome:
        """Run the code once more without faults, from the state that the first run left."""
        return self._run(NO_FAULTS, first.after)

    def reset(self) -> None:
        """Go back to the state before the first run."""
        self.fake.undo(self._base)

    def _run(self, schedule: Schedule, before: State) -> Outcome:
        fake, faults = self.fake, self.fake.faults
        fake.clear_calls()
        rules = schedule.add_to(faults)
        watch = faults.watch = _Watch(self.max_calls)
        random.seed(self._seed)
        self.runs += 1
        with _quiet_after_crash():
            value, error = self._call_code(watch)
            if faults.crash is not None:
                _finalise(error)
        crash, calls = faults.crash, fake.calls
        faults.clear()
        faults.watch = None
        return Outcome(
            schedule,
            before,
            state_of(fake),
            points_of(calls, self._is_ignored),
            calls,
            value,
            None if isinstance(error, Crash) else error,
            crash is not None,
            tuple(rule.fired for rule in rules),
            watch.too_many_calls,
            tuple(watch.late_calls),
            None if crash is None or isinstance(error, Crash) else _caught_in(crash),
        )

    def _call_code(self, watch: _Watch) -> tuple[Any, BaseException | None]:
        threads_before = set(threading.enumerate())
        try:
            try:
                return _invoke(self.code, [self.fake] if self._code_takes_fake else [], self.fake.faults), None
            finally:
                watch.end(threads_before)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            return None, error


def _caught_in(crash: Crash) -> str | None:
    """Where a crash was caught; None where it was raised in another thread, which it ended."""
    if crash.thread != threading.get_ident() or crash.__traceback__ is None:
        return None
    where: TracebackType = crash.__traceback__  # it begins with the function that caught it
    code = where.tb_frame.f_code
    return f"{code.co_name}(), {Path(code.co_filename).name} line {where.tb_lineno}"


def takes_fake(code: Code) -> bool:
    """Whether a function takes an argument that is not optional: it gets the fake."""
    required = [
        parameter
        for parameter in inspect.signature(code).parameters.values()
        if parameter.default is parameter.empty and parameter.kind in (0, 1)
    ]
    if len(required) > 1:
        raise TypeError(f"{code!r} takes {len(required)} arguments; it gets the fake, or nothing")
    return bool(required)


def _invoke(code: Code, arguments: Sequence[Any], faults: Any) -> Any:
    result = code(*arguments)
    return asyncio.run(_until_crash(result, faults)) if inspect.iscoroutine(result) else result


async def _until_crash(coroutine: Coroutine[Any, Any, Any], faults: Any) -> Any:
    """Await a coroutine. A crash ends it too where it happens in another task, for which it may wait."""
    task, loop = asyncio.ensure_future(coroutine), asyncio.get_running_loop()
    faults.on_crash = lambda: loop.call_soon_threadsafe(task.cancel)
    loop.set_exception_handler(_report_task)
    try:
        return await task
    except asyncio.CancelledError:
        if faults.crash is None:
            raise
        raise Crash("the process has crashed") from None
    finally:
        faults.on_crash = None


def _report_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), (Crash, RunStopped)):
        loop.default_exception_handler(context)


def _finalise(error: BaseException | None) -> None:
    """Let objects of a dead process end now, while their calls have no effect, and not in a later run."""
    if error is not None:
        traceback.clear_frames(error.__traceback__)
    gc.collect()


@contextmanager
def _quiet_after_crash() -> Iterator[None]:
    """Do not report the threads, tasks and finalisers of the code that a crash or the end of the run ends."""
    thread_hook, unraisable_hook = threading.excepthook, sys.unraisablehook

    def report_thread(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, (Crash, RunStopped)):
            thread_hook(args)

    def report_unraisable(args: sys.UnraisableHookArgs) -> None:
        if not issubclass(args.exc_type, (Crash, RunStopped)):
            unraisable_hook(args)

    threading.excepthook, sys.unraisablehook = report_thread, report_unraisable
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = thread_hook, unraisable_hook
