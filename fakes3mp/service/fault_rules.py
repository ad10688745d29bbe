"""One fault rule: the calls it is about, and when it fires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fakes3mp.inspection.calls import call_matches
from fakes3mp.inspection.places import Place, current_place
from fakes3mp.service.fault_actions import FaultActions
from fakes3mp.service.fault_incidents import IncidentActions
from fakes3mp.wire.messages import ClientInfo


class Fault(FaultActions, IncidentActions):
    """A fault rule, as ``fake.faults.on(...)`` returns it.

    Say when it fires (``times``, ``nth``, ``rate``, ``after_commit``), then what happens (``error``, ``timeout`` ...).
    Without ``times``, ``nth`` or ``rate`` it fires on every call that matches, until ``fake.faults.clear()``. A rule has
    one effect, to which a ``delay`` may be added. Every method returns the rule itself.

    Attributes
    ----------
    operation : str or ANY
        The operation that it is about.
    params : mapping of str to object
        The parameters that a call must have at least.
    fired : int
        How many calls it has affected.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> FakeS3().faults.on("UploadPart", PartNumber=2).times(1).reset_connection()
    <on('UploadPart', PartNumber=2).times(1): reset_connection, fired 0 times, matched 0>
    """

    def __init__(self, number: int, operation: Any, params: Mapping[str, Any], faults: Any = None) -> None:
        super().__init__()
        self._faults = faults  # the collection that it belongs to
        self.number = number  # its place among the rules
        self.operation = operation
        self.params = params
        self.place: Place = current_place()  # the line that added it
        self.fired: int = 0
        self._matched = 0  # calls of the operation with the parameters
        self._times: int | None = None
        self._nth: int | None = None
        self._rate: float | None = None

    def times(self, times: int) -> Fault:
        """Fire on so many calls, then no more.

        Parameters
        ----------
        times : int
            The number of calls, 1 or more. Each attempt of a client that retries is a call.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For less than 1.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("UploadPart").times(2).error("SlowDown")
        <on('UploadPart').times(2): SlowDown, fired 0 times, matched 0>
        """
        if times < 1:
            raise ValueError(f"a fault fires at least once, not {times} times")
        self._times = times
        return self

    def nth(self, number: int) -> Fault:
        """Fire only on the n-th call that matches; with ``times``, on so many calls from the n-th on.

        Parameters
        ----------
        number : int
            Counted from 1. Each attempt of a client that retries is a call.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For less than 1.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("UploadPart").nth(3).error("InternalError")
        <on('UploadPart').nth(3): InternalError, fired 0 times, matched 0>
        """
        if number < 1:
            raise ValueError(f"attempts are counted from 1, there is no attempt {number}")
        self._nth = number
        return self

    def rate(self, rate: float) -> Fault:
        """Fire on a share of the calls, chosen by the fake's seed.

        The same seed chooses the same calls, whatever the order of threads. The last attempt of a client that retries
        is never chosen, so the code under test can always succeed.

        Parameters
        ----------
        rate : float
            The share, above 0 and at most 1.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For another number.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(seed=7).faults.on("UploadPart").rate(0.2).error("SlowDown")
        <on('UploadPart').rate(0.2): SlowDown, fired 0 times, matched 0>
        """
        if not 0 < rate <= 1:
            raise ValueError(f"a rate is above 0 and at most 1, not {rate}")
        self._rate = rate
        return self

    def counts(self, operation: str, params: Mapping[str, Any]) -> bool:
        """Count a call if the rule is about it, and return whether it is."""
        if self._effect.name is None or not call_matches(self.operation, self.params, operation, params):
            return False
        self._matched += 1
        return True

    def fires(
        self, operation: str, params: Mapping[str, Any], client_info: ClientInfo, draw: Callable[[Any], float]
    ) -> bool:
        """Whether the rule fires on the call that it counted last.

        ``draw`` returns a number from 0 to 1 for what it is given.
        """
        fires = (
            (self._times is None or self.fired < self._times)
            and (self._nth is None or self._nth <= self._matched < self._nth + (self._times or 1))
            and self._is_drawn(operation, params, client_info, draw)
        )
        self.fired += fires
        return fires

    def _is_drawn(
        self, operation: str, params: Mapping[str, Any], client_info: ClientInfo, draw: Callable[[Any], float]
    ) -> bool:
        if self._rate is None:
            return True
        if client_info.max_attempts is not None and client_info.attempt >= client_info.max_attempts:
            return False
        identity = tuple(str(params.get(name, "")) for name in ("Bucket", "Key", "PartNumber", "UploadId"))
        return draw((self.number, operation, *identity)) < self._rate

    @property
    def has_fired(self) -> bool:
        """Whether it fired as often as it should; at a rate, whether a call matched.

        Returns
        -------
        bool
            True from the first call on where no number of ``times`` was given.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("PutObject").times(1).error("SlowDown").has_fired
        False
        """
        if self._rate is not None:
            return self._matched > 0
        return self.fired >= (self._times or 1)

    def __repr__(self) -> str:
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        limits = (("times", self._times), ("nth", self._nth), ("rate", self._rate))
        when = "".join(f".{name}({value})" for name, value in limits if value is not None)
        after_commit = ".after_commit()" if self._effect.after_commit else ""
        effect = self._effect.name or "no effect: add .error('SlowDown') or another one"
        fired = f"fired {self.fired} time{'s' if self.fired != 1 else ''}, matched {self._matched}"
        return f"<on({self.operation!r}{params}){when}{after_commit}: {effect}, {fired}>"
