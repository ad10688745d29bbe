"""The fake's time: the present, unless a test moves or stops it; and the lifecycle rules that run as time passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from fakes3mp.locks import create_rlock

if TYPE_CHECKING:
    from fakes3mp.core.lifecycle_actions import LifecycleAction

TimeSource = Callable[[], datetime]
# Offset from the source, frozen time, latest time set, lifecycle actions so far
Position = tuple[timedelta, "datetime | None", "datetime | None", "tuple[LifecycleAction, ...]"]
_DAY = timedelta(days=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=timezone.utc)


def current_time() -> datetime:
    """The system's time, in UTC. ``datetime`` is looked up at each call, so that freezegun and time-machine apply."""
    return datetime.now(timezone.utc)


def to_utc(time: datetime | str) -> datetime:
    """A time in UTC, from a datetime with a time zone or from ISO 8601 text; text without a zone is UTC.

    >>> to_utc("2026-01-01").isoformat(), to_utc("2026-01-01T01:00:00+01:00").isoformat()
    ('2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')
    """
    if type(time) is datetime and time.tzinfo is timezone.utc:
        return time
    if isinstance(time, str):
        parsed = datetime.fromisoformat(time.replace("Z", "+00:00"))  # Python 3.10 does not read the Z
        time = parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise ValueError(f"a time needs a time zone, {time!r} has none: datetime(..., tzinfo=timezone.utc)")
    return time.astimezone(timezone.utc)


class Clock:
    """The time of a fake, as ``fake.clock``.

    It is the time stamped on objects, uploads and responses, and the time by which lifecycle rules, retention and
    signatures run out. Lifecycle rules run as it passes, at midnight UTC (S3's manual, "Lifecycle configuration
    elements").

    Parameters
    ----------
    source : callable or object with a method ``now``, optional
        Where the time comes from: it returns a datetime with a time zone. By default the system's time, which freezegun
        and time-machine may move.

    Raises
    ------
    TypeError
        Where ``source`` is neither callable nor has a method ``now``.

    Examples
    --------
    >>> clock = Clock(); clock.freeze("2026-01-01T00:00:00Z").isoformat()
    '2026-01-01T00:00:00+00:00'
    >>> clock.advance(days=7); clock.now().isoformat()
    []
    '2026-01-08T00:00:00+00:00'
    """

    def __init__(self, source: Any = None) -> None:
        function: Any = getattr(source, "now", source) if source is not None else current_time
        if not callable(function):
            raise TypeError(
                f"a clock is a function that returns the time, or has a method now(); {source!r} is neither"
            )
        self._source = cast(TimeSource, function)
        self._offset = timedelta()
        self._frozen: datetime | None = None
        self._set_to: datetime | None = None  # the latest time that a test moved it to
        self._actions: list[LifecycleAction] = []
        self._lock: Any = create_rlock()
        self._run_rules: Callable[[datetime], list[LifecycleAction]] = lambda until: []
        self._deliver: Callable[[list[LifecycleAction]], None] = lambda actions: None
        self._next_step: Callable[[], datetime | None] = lambda: None
        self._rules_ran_on = _BEFORE_ALL  # midnight of the day on which rules ran last

    def now(self) -> datetime:
        """The fake's time.

        Returns
        -------
        datetime
            In UTC, with its time zone.

        Examples
        --------
        >>> clock = Clock(); ignored = clock.freeze("2026-01-01T12:00:00+01:00"); clock.now().isoformat()
        '2026-01-01T11:00:00+00:00'
        """
        if self._frozen is not None:
            return self._frozen
        return to_utc(self._source()) + self._offset if self._offset else to_utc(self._source())

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> list[LifecycleAction]:
        """Let time pass, without waiting. What S3 does by itself by then is done.

        Lifecycle rules that fall due act, restores complete, restored copies expire, replicas arrive.

        Small objects (under 128 KiB) do not change their storage class unless their rule's filter has object sizes: S3's
        default (S3's manual, "Transitioning objects").

        Parameters
        ----------
        days, hours, minutes, seconds : float, default 0
            How much time passes: their sum.

        Returns
        -------
        list of LifecycleAction
            What lifecycle rules did, in order. Each has ``action``, ``bucket``, ``key``, ``rule`` and ``at``; its text
            is a sentence.

        Raises
        ------
        ValueError
            For a negative time.

        Examples
        --------
        >>> clock = Clock(lambda: datetime(2026, 1, 1, tzinfo=timezone.utc))
        >>> clock.advance(days=1, hours=2); clock.now().isoformat()
        []
        '2026-01-02T02:00:00+00:00'
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta():
            raise ValueError(f"time cannot be advanced by {step}: a clock does not go backwards")
        with self._lock:
            actions = self._move(self.now() + step)
        return self._delivered(actions)

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop the clock. Only ``advance`` and another ``freeze`` move it then; ``resume`` lets it go on.

        As long as no test has moved the clock, it may be frozen at any time, also in the past: do so before anything is
        stored.

        Parameters
        ----------
        at : datetime or str, optional
            The time: a datetime with a time zone, or ISO 8601 text, which is UTC where it has no zone. By default now.

        Returns
        -------
        datetime
            The time at which it stands, in UTC.

        Raises
        ------
        ValueError
            For a time before the one last set, for a datetime without a time zone, and for text that is no time.

        Examples
        --------
        >>> Clock().freeze("2026-01-01").isoformat()
        '2026-01-01T00:00:00+00:00'
        """
        with self._lock:
            time = self.now() if at is None else to_utc(at)
            if self._set_to is not None and time < self._set_to:
                raise ValueError(
                    f"the clock cannot go back from {self._set_to.isoformat()} to {time.isoformat()}: "
                    f"freeze it at {self._set_to.isoformat()} or later, or call reset() on the fake"
                )
            self._frozen = time
            actions = self._move(time)
        self._delivered(actions)
        return time

    def resume(self) -> None:
        """Let a frozen clock go on from where it stands. A clock that is not frozen stays as it is.

        Examples
        --------
        >>> clock = Clock(); frozen_at = clock.freeze("2026-01-01")
        >>> clock.resume(); clock.now() > frozen_at
        True
        """
        with self._lock:
            if self._frozen is not None:
                self._offset = self._frozen - to_utc(self._source())
                self._frozen = None

    def _move(self, to: datetime) -> list[LifecycleAction] | None:
        """Under the lock: move to a time, and let rules do what is due by then."""
        if self._frozen is not None:
            self._frozen = to
        else:
            self._offset = to - to_utc(self._source())
        self._set_to = to
        return self._run_due_rules(to)

    @property
    def ran(self) -> tuple[LifecycleAction, ...]:
        """Everything that lifecycle rules did so far, in order.

        Returns
        -------
        tuple of LifecycleAction
            Each has ``action``, ``bucket``, ``key``, ``rule`` and ``at``; its text is a sentence.

        Examples
        --------
        >>> Clock().ran
        ()
        """
        return tuple(self._actions)

    def run_due_rules(self, now: datetime) -> None:
        """Let lifecycle rules do what is due, at most once on each day of the fake, and scheduled steps that are due.

        The pipeline calls it for each call, for clocks whose source moves by itself.
        """
        if self._is_something_due(now):
            with self._lock:
                actions = self._run_due_rules(self.now())  # a restore may have set the clock back since
            self._delivered(actions)

    def _delivered(self, actions: list[LifecycleAction] | None) -> list[LifecycleAction]:
        """What rules did, after its events are sent: not under the lock."""
        if actions is None:
            return []
        self._deliver(actions)
        return actions

    def _run_due_rules(self, now: datetime) -> list[LifecycleAction] | None:
        """What rules did, None where nothing was due."""
        if not self._is_something_due(now):
            return None
        self._rules_ran_on = now.replace(hour=0, minute=0, second=0, microsecond=0)
        actions = self._run_rules(now)
        self._actions += actions
        return actions

    def _is_something_due(self, now: datetime) -> bool:
        next_step = self._next_step()
        return not self._rules_ran_on <= now < self._rules_ran_on + _DAY or (next_step is not None and next_step <= now)

    def set_lifecycle_runner(
        self,
        lock: Any,
        run_rules: Callable[[datetime], list[LifecycleAction]],
        deliver: Callable[[list[LifecycleAction]], None],
        next_step: Callable[[], datetime | None],
    ) -> None:
        """Set the lock of the state that rules change, under which the clock moves, and three functions.

        ``run_rules`` does what is due by a time and returns what lifecycle rules did, ``deliver`` sends the events of it,
        not under the lock, and ``next_step`` says when the next scheduled step is due.
        """
        self._lock, self._run_rules, self._deliver, self._next_step = lock, run_rules, deliver, next_step

    @property
    def position(self) -> Position:
        """How the clock is set, for ``set_position``; a snapshot of a fake holds it."""
        return self._offset, self._frozen, self._set_to, tuple(self._actions)

    def set_position(self, position: Position = (timedelta(), None, None, ())) -> None:
        """Go back to a position, or by default to the time of the source."""
        with self._lock:
            self._offset, self._frozen, self._set_to, actions = position
            self._actions = list(actions)
            self._rules_ran_on = _BEFORE_ALL
