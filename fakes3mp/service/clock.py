"""The fake's time: the present, unless a test moves or stops it; and what lifecycle rules did as it passed.

What may live here: where the time comes from and where it was set to. What is due at a time is core's business.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes3mp.core.lifecycle_actions import LifecycleAction

TimeSource = Callable[[], datetime]
Position = tuple[timedelta, "datetime | None", "datetime | None", "tuple[LifecycleAction, ...]"]
_DAY = timedelta(days=1)


def present() -> datetime:
    """Asked at call time, so that freezegun and time-machine move it."""
    return datetime.now(timezone.utc)


def aware(moment: datetime | str) -> datetime:
    """A moment in UTC, given as a datetime with a time zone or as ISO 8601 text; text without a zone is UTC.

    >>> aware("2026-01-01").isoformat(), aware("2026-01-01T01:00:00+01:00").isoformat()
    ('2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')
    """
    if type(moment) is datetime and moment.tzinfo is timezone.utc:
        return moment
    if isinstance(moment, str):
        parsed = datetime.fromisoformat(moment.replace("Z", "+00:00"))  # Python 3.10 does not read the Z
        moment = parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone, {moment!r} has none: datetime(..., tzinfo=timezone.utc)")
    return moment.astimezone(timezone.utc)


class Clock:
    """The time that a fake stamps on objects, and by which rules, locks and signatures run out.

    ``source`` is where time comes from: a function, or an object with a method ``now``; by default the present.

    >>> clock = Clock(); clock.freeze("2026-01-01T00:00:00Z").isoformat()
    '2026-01-01T00:00:00+00:00'
    >>> clock.advance(days=7); clock.now().isoformat()
    []
    '2026-01-08T00:00:00+00:00'
    """

    def __init__(self, source: Any = None) -> None:
        asked = getattr(source, "now", source) if source is not None else present
        if not callable(asked):
            raise TypeError(
                f"a clock is a function that returns the time, or has a method now(); {source!r} is neither"
            )
        self._source: TimeSource = asked
        self._ahead = timedelta()
        self._frozen: datetime | None = None
        self._set_to: datetime | None = None  # the latest time that a test moved it to
        self._ran: list[LifecycleAction] = []
        self._pass_to: Callable[[datetime], list[LifecycleAction]] = lambda until: []
        self._looked = datetime.min.replace(tzinfo=timezone.utc)  # the day up to whose midnight rules have run

    def now(self) -> datetime:
        """The fake's time, in UTC."""
        if self._frozen is not None:
            return self._frozen
        return aware(self._source()) + self._ahead if self._ahead else aware(self._source())

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> list[LifecycleAction]:
        """Let so much time pass. Lifecycle rules act on the way; what they did is returned, in order.

        Small objects (under 128 KiB) do not change storage class unless their rule's filter speaks of sizes: S3's default.
        Raises ValueError for a negative time: objects cannot become younger.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta():
            raise ValueError(f"time cannot be advanced by {step}: a clock does not go backwards")
        return self._move(self.now() + step)

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop the clock, now or at a moment; it still goes where ``advance`` moves it. Returns the moment.

        Before a test has moved the clock it may be frozen at any moment, also in the past: do so before anything is
        written. Later on a moment before the one last set raises ValueError.
        """
        moment = self.now() if at is None else aware(at)
        if self._set_to is not None and moment < self._set_to:
            raise ValueError(
                f"the clock cannot go back from {self._set_to.isoformat()} to {moment.isoformat()}: "
                f"freeze it at {self._set_to.isoformat()} or later, or call reset() on the fake"
            )
        self._frozen = moment
        self._move(moment)
        return moment

    def resume(self) -> None:
        """Let a frozen clock go on from where it stands."""
        if self._frozen is not None:
            self._ahead = self._frozen - aware(self._source())
            self._frozen = None

    def _move(self, to: datetime) -> list[LifecycleAction]:
        if self._frozen is not None:
            self._frozen = to
        else:
            self._ahead = to - aware(self._source())
        self._set_to = to
        return self.keep_up(to)

    @property
    def ran(self) -> tuple[LifecycleAction, ...]:
        """Everything that lifecycle rules did so far, in order."""
        return tuple(self._ran)

    def keep_up(self, now: datetime | None = None) -> list[LifecycleAction]:
        """Let rules act that fell due meanwhile, for clocks that others move; looks once a day only."""
        now = now or self.now()
        if self._looked <= now < self._looked + _DAY:
            return []
        self._looked = now.replace(hour=0, minute=0, second=0, microsecond=0)
        done = self._pass_to(now)
        self._ran += done
        return done

    def runs(self, pass_to: Callable[[datetime], list[LifecycleAction]]) -> None:
        """What is to be done up to a moment; the fake's own rules."""
        self._pass_to = pass_to

    @property
    def position(self) -> Position:
        """Where it was set to, to go back to."""
        return self._ahead, self._frozen, self._set_to, tuple(self._ran)

    def go_back(self, position: Position = (timedelta(), None, None, ())) -> None:
        """Back to a position, or to the source's own time."""
        self._ahead, self._frozen, self._set_to, ran = position
        self._ran = list(ran)
        self._looked = datetime.min.replace(tzinfo=timezone.utc)
