"""The fault rules of one fake, and choosing the one that applies to a call."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from fakes3mp.inspection import spelling
from fakes3mp.inspection.calls import ANY, call_matches
from fakes3mp.inspection.places import warn_at
from fakes3mp.locks import create_lock
from fakes3mp.service.fault_effects import NO_EFFECT, FaultEffect
from fakes3mp.service.fault_incidents import Crash
from fakes3mp.service.fault_rules import Fault
from fakes3mp.service.late_arrivals import LateArrivals
from fakes3mp.wire.messages import ClientInfo, ConnectionFailure, TypedRequest

if TYPE_CHECKING:
    from fakes3mp.names import OperationName


class UnfiredFaultWarning(UserWarning):
    """A fault rule did not fire as often as it should, so the test did not exercise what it was written for.

    It is given when a fake stops, unless the test has failed already. Its message lists the rules and how many calls
    matched each.

    Examples
    --------
    >>> import warnings
    >>> from fakes3mp import FakeS3, UnfiredFaultWarning
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     with FakeS3() as s3:
    ...         rule = s3.faults.on("ListBuckets").error("SlowDown")
    >>> caught[0].category is UnfiredFaultWarning
    True
    """


class Verdict(int):
    """True or False, with the reason in its repr, which a failed ``assert`` shows."""

    reason: str

    def __new__(cls, value: bool, reason: str) -> Verdict:
        verdict = super().__new__(cls, value)
        verdict.reason = reason
        return verdict

    def __repr__(self) -> str:
        return f"<{bool(self)}: {self.reason}>"


class Faults:
    """The fault rules of a fake, as ``fake.faults``.

    Rules are tried in the order in which they were added. A rule that only delays lets later rules apply too; of the
    others, the first that fires decides. An error given by a rule comes before the checks of signature, bucket and
    permission.

    Parameters
    ----------
    seed : int, default 0
        What ``rate`` draws from: the fake's seed.

    Examples
    --------
    >>> faults = Faults(); faults.on("UploadPart", PartNumber=2).times(1).reset_connection()
    <on('UploadPart', PartNumber=2).times(1): reset_connection, fired 0 times, matched 0>
    >>> faults.all_fired()
    <False: never fired: <on('UploadPart', PartNumber=2).times(1): reset_connection, fired 0 times, matched 0>>
    """

    def __init__(self, seed: int = 0, fake: Any = None) -> None:
        self._seed = seed
        self.fake = fake  # whose rules these are: ``meanwhile(function)`` passes it on
        self.late: LateArrivals = LateArrivals()  # requests that are still on their way
        self.watch: Callable[[TypedRequest], None] | None = None  # called with each call that comes to the fake
        self.crash: Crash | None = None  # of which the process under test died
        self.on_crash: Callable[[], object] | None = None  # called when it dies
        self._lock = create_lock()
        self._rules: list[Fault] = []
        self._draws: Counter[Any] = Counter()

    def on(self, operation: OperationName, **params: Any) -> Fault:
        """Add a rule about calls of an operation. It has no effect until one is given: ``.error("SlowDown")`` ...

        Parameters
        ----------
        operation : str or ANY
            S3's name of the operation, such as "UploadPart", or ANY for every operation.
        **params : object
            Parameters that a call must have at least, by S3's names, such as ``PartNumber=2``. ANY stands for any value.

        Returns
        -------
        Fault
            The rule, to be continued with when it fires and what happens.

        Raises
        ------
        ValueError
            For an operation or a parameter that S3 does not have, with the nearest ones.

        Examples
        --------
        >>> Faults().on("UploadPart", PartNumber=2).times(1).error("SlowDown")
        <on('UploadPart', PartNumber=2).times(1): SlowDown, fired 0 times, matched 0>
        """
        spelling.check_call(operation, params, ANY)
        with self._lock:
            rule = Fault(len(self._rules), operation, params, self)
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all rules. Requests that are still on their way are dropped, and a client that crashed lives again.

        Examples
        --------
        >>> faults = Faults(); rule = faults.on("PutObject").error("SlowDown")
        >>> faults.clear(); faults.rules
        ()
        """
        with self._lock:
            self._rules.clear()
            self._draws.clear()
            self.late.clear()
            self.crash = None

    @property
    def rules(self) -> tuple[Fault, ...]:
        """All rules, in the order in which they were added.

        Returns
        -------
        tuple of Fault
            Also those that fire no more.

        Examples
        --------
        >>> faults = Faults(); rule = faults.on("PutObject").error("SlowDown"); faults.rules == (rule,)
        True
        """
        return tuple(self._rules)

    def all_fired(self) -> Verdict:
        """Whether every rule has fired as often as it should.

        Returns
        -------
        Verdict
            True or False. Its repr, which a failed ``assert`` shows, names the rules that have not fired.

        Examples
        --------
        >>> faults = Faults(); faults.all_fired()
        <True: every rule fired>
        >>> rule = faults.on("PutObject").error("SlowDown"); faults.all_fired()
        <False: never fired: <on('PutObject'): SlowDown, fired 0 times, matched 0>>
        """
        unfired = self.unfired
        return Verdict(not unfired, f"never fired: {', '.join(map(repr, unfired))}" if unfired else "every rule fired")

    @property
    def unfired(self) -> list[Fault]:
        """The rules that have not fired as often as they should.

        Returns
        -------
        list of Fault
            In the order in which they were added.

        Examples
        --------
        >>> faults = Faults(); rule = faults.on("PutObject").error("SlowDown"); faults.unfired == [rule]
        True
        """
        return [rule for rule in self._rules if not rule.has_fired]

    def warn_unfired(self) -> None:
        """Give an UnfiredFaultWarning where a rule has not fired. A fake calls it when it stops."""
        if self.unfired:
            lines = "\n".join(f"  line {rule.place.line}: {rule!r}" for rule in self.unfired)
            warn_at(self.unfired[0].place, f"fault rules that never fired:\n{lines}", UnfiredFaultWarning)

    def may_affect(self, operation: str, params: Mapping[str, Any]) -> bool:
        """Whether any rule is about calls like this one, or its process is dead."""
        if self.crash is not None:
            return True
        return bool(self._rules) and any(
            call_matches(rule.operation, rule.params, operation, params) for rule in self._rules
        )

    def effect_for(self, operation: str, params: Mapping[str, Any], client_info: ClientInfo) -> FaultEffect:
        """The effect on this call. Every rule that it matches counts it, also those after the one that decides."""
        if not self._rules:
            return NO_EFFECT
        effect, delay, is_decided = NO_EFFECT, 0.0, False
        with self._lock:
            for rule in self._rules:
                if not rule.counts(operation, params) or is_decided:
                    continue
                if rule.fires(operation, params, client_info, self._draw):
                    effect = rule.effect
                    delay += effect.delay
                    is_decided = rule.ends_call
        return replace(effect, delay=delay) if delay else effect

    def kill_client(self, crash: Crash) -> None:
        """Let the process under test be dead: each of its calls raises Crash until ``clear``, so it cleans nothing up."""
        self.crash = crash
        if self.on_crash is not None:
            self.on_crash()

    def admit(self, request: TypedRequest) -> None:
        """Let a call in, or raise: where its process is dead, and whatever ``watch`` raises.

        A dead process has no threads. One that is not the main thread gets an error that it can handle, because libraries
        such as s3transfer wait for their threads for ever where they end otherwise.
        """
        if self.crash is not None and threading.current_thread() is threading.main_thread():
            raise Crash(f"the process has crashed: it cannot call {request.operation}")
        if self.crash is not None:
            raise ConnectionFailure("unreachable")
        if self.watch is not None:
            self.watch(request)

    def _draw(self, call: Any) -> float:
        """A number from 0 to 1. It depends on the seed, the call and how often it came, not on the order of threads."""
        self._draws[call] += 1
        text = repr((self._seed, *call, self._draws[call]))
        from random import Random

        return Random(hashlib.blake2b(text.encode()).digest()).random()
