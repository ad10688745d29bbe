"""Faults: which call, when, and what goes wrong with it.

What may live here: the rules a test lays down, and choosing among them. A fault is what S3 or the network would do: a code
of S3's table, a connection that breaks, a body that is cut short. What a client makes of it is the client's business.
"""

from __future__ import annotations

import hashlib
import random
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from fakes3mp.errors import ERRORS, S3Error
from fakes3mp.inspection import spelling
from fakes3mp.inspection.call_log import ANY, matching
from fakes3mp.service.fault_effects import NO_EFFECT, Corruption, FaultEffect, cut, flipped
from fakes3mp.wire.messages import ClientInfo, ConnectionFailure
from fakes3mp.wire.model import has_answer_body, has_streaming_input

# Operations that begin to answer before they are done, and so may answer 200 and then fail (F107; S3's manual).
_ANSWERS_EARLY = ("CompleteMultipartUpload", "CopyObject", "UploadPartCopy")


class UnfiredFaultWarning(UserWarning):
    """A fault rule never fired: the test did not go where it was meant to."""


def _inside_200(code: str, message: str | None) -> S3Error:
    error = S3Error(code, message)
    error.status = 200
    return error


class Fault:
    """One rule: the calls it is about, how often it strikes, and how. Every method returns the rule itself.

    Without ``times``, ``nth`` or ``rate`` it strikes every call that matches, until ``clear()``.
    """

    def __init__(self, number: int, operation: Any, params: Mapping[str, Any]) -> None:
        self.number = number
        self.operation = operation
        self.params = params
        self.fired = 0
        self.seen = 0  # calls that matched
        self._times: int | None = None
        self._nth: int | None = None
        self._rate: float | None = None
        self._strike = NO_EFFECT
        self._kind = ""
        self._damages: dict[str, Corruption] = {}

    # When

    def times(self, times: int) -> Fault:
        """FaultEffect so many calls, then no more."""
        if times < 1:
            raise ValueError(f"a fault strikes at least once, not {times} times")
        self._times = times
        return self

    def nth(self, number: int) -> Fault:
        """FaultEffect only the call that is the n-th to match, counted from 1; each attempt counts."""
        if number < 1:
            raise ValueError(f"attempts are counted from 1, there is no attempt {number}")
        self._nth = number
        return self

    def rate(self, rate: float) -> Fault:
        """FaultEffect this share of calls (0 to 1), chosen by the fake's seed, but never a client's last attempt."""
        if not 0 < rate <= 1:
            raise ValueError(f"a rate is above 0 and at most 1, not {rate}")
        self._rate = rate
        return self

    def after_commit(self) -> Fault:
        """Let S3 do what it was asked for, then go wrong: the client does not know that it was done."""
        self._strike = replace(self._strike, committed=True)
        return self

    # What

    def error(self, code: str, message: str | None = None, **fields: str) -> Fault:
        """Answer with an error of S3's, with its right status; ``fields`` are the document's extra elements."""
        spelling.check("error code of S3", code, ERRORS)
        return self._does(code, partial(S3Error, code, message, fields))

    def ok_with_error(self, code: str = "InternalError", message: str | None = None) -> Fault:
        """Answer HTTP 200 with an error inside, as S3 may where it begins to answer early (F107)."""
        spelling.check("error code of S3", code, ERRORS)
        if self.operation not in _ANSWERS_EARLY:
            raise ValueError(f"S3 answers 200 with an error only to {', '.join(_ANSWERS_EARLY)}")
        return self._does("ok_with_error", partial(_inside_200, code, message))

    def reset_connection(self) -> Fault:
        """The connection is reset by the other side."""
        return self._does("reset_connection", partial(ConnectionFailure, "reset"))

    def lose_answer(self) -> Fault:
        """S3 does what it was asked for; the connection closes before the answer."""
        return self.after_commit()._does("lose_answer", partial(ConnectionFailure, "closed"))

    def timeout(self) -> Fault:
        """No answer comes within the client's read timeout; nobody really waits."""
        return self._does("timeout", partial(ConnectionFailure, "read_timeout"))

    def connect_timeout(self) -> Fault:
        """No connection comes about in time; nobody really waits."""
        return self._does("connect_timeout", partial(ConnectionFailure, "connect_timeout"))

    def unreachable(self) -> Fault:
        """The connection is refused."""
        return self._does("unreachable", partial(ConnectionFailure, "unreachable"))

    def delay(self, seconds: float) -> Fault:
        """Really wait before the operation is done; further effects may follow it."""
        if seconds < 0:
            raise ValueError(f"a delay cannot be negative: {seconds}")
        self._strike = replace(self._strike, delay=seconds, name=self._strike.name or "delay")
        return self

    def truncate_body(self, *, after: int = 0, of: str | None = None) -> Fault:
        """Cut the body short after so many bytes: that ``of`` the "request" or "answer", by default the object's."""
        if after < 0:
            raise ValueError(f"a body is cut after 0 bytes or more, not {after}")
        return self._damages_body("truncate_body", cut(after), of)

    def corrupt_body(self, *, of: str | None = None) -> Fault:
        """Turn over one bit in the middle of the body; ``of`` as for ``truncate_body``."""
        return self._damages_body("corrupt_body", flipped, of)

    def _damages_body(self, name: str, damage: Corruption, of: str | None) -> Fault:
        if of not in (None, "request", "answer"):
            raise ValueError(f"a body is that of the 'request' or of the 'answer', not of {of!r}")
        if of != "request" and self.operation is not ANY and not self._has_body(of):
            raise ValueError(f"the answer to {self.operation} has no body")
        if of is not None:
            self._damages = {of: damage}
        elif self.operation is ANY:
            self._damages = {"request": damage, "answer": damage}
        else:
            self._damages = {self._bodied(): damage}
        return self._does(name)

    def _has_body(self, of: str | None) -> bool:
        return has_answer_body(self.operation) or (of is None and has_streaming_input(self.operation))

    def _bodied(self) -> str:
        return "request" if has_streaming_input(self.operation) else "answer"

    def _does(self, name: str, failure: Callable[[], Exception] | None = None) -> Fault:
        if self._kind:
            raise ValueError(f"this rule does {self._kind} already; lay down another one with on(...) for {name}")
        self._kind = name
        self._strike = replace(self._strike, name=name, failure=failure, damages=self._damages)
        return self

    # Striking

    def strikes(
        self, operation: str, params: Mapping[str, Any], client_info: ClientInfo, chance: Callable[[Any], float]
    ) -> bool:
        """Whether it strikes this call; if so it has fired once more."""
        if self._strike.name is None or not matching(self.operation, self.params, operation, params):
            return False
        self.seen += 1
        struck = (
            (self._times is None or self.fired < self._times)
            and (self._nth is None or self.seen == self._nth)
            and self._is_chosen(operation, params, client_info, chance)
        )
        self.fired += struck
        return struck

    def _is_chosen(
        self, operation: str, params: Mapping[str, Any], client_info: ClientInfo, chance: Callable[[Any], float]
    ) -> bool:
        if self._rate is None:
            return True
        if client_info.max_attempts is not None and client_info.attempt >= client_info.max_attempts:
            return False
        named = tuple(str(params.get(name, "")) for name in ("Bucket", "Key", "PartNumber", "UploadId"))
        return chance((self.number, operation, *named)) < self._rate

    @property
    def strike(self) -> FaultEffect:
        return self._strike

    @property
    def ends_call(self) -> bool:
        """Whether nothing further can happen to a call that it struck."""
        return bool(self._kind)

    @property
    def has_fired(self) -> bool:
        """As often as it was to, where that was said; at a rate, if there was a call it could strike."""
        if self._rate is not None:
            return self.seen > 0
        return self.fired >= (self._times or 1)

    def __repr__(self) -> str:
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        limits = (("times", self._times), ("nth", self._nth), ("rate", self._rate))
        when = "".join(f".{name}({value})" for name, value in limits if value is not None)
        late = ".after_commit()" if self._strike.committed else ""
        name = f"{self._strike.name}" if self._strike.name else "no effect given"
        fired = f"fired {self.fired} time{'s' if self.fired != 1 else ''}, matched {self.seen}"
        return f"<on({self.operation!r}{params}){when}{late}: {name}, {fired}>"


class Verdict(int):
    """True or false, with the reason in its repr: what a failed ``assert`` shows."""

    why: str

    def __new__(cls, holds: bool, why: str) -> Verdict:
        made = super().__new__(cls, holds)
        made.why = why
        return made

    def __repr__(self) -> str:
        return f"<{bool(self)}: {self.why}>"


class Faults:
    """The rules of one fake, tried in the order in which they were laid down.

    A delay lets later rules follow; of the others, the first that strikes decides.

    >>> faults = Faults(); faults.on("UploadPart", PartNumber=2).times(1).reset_connection()
    <on('UploadPart', PartNumber=2).times(1): reset_connection, fired 0 times, matched 0>
    >>> faults.all_fired()
    <False: never fired: <on('UploadPart', PartNumber=2).times(1): reset_connection, fired 0 times, matched 0>>
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._drawn: Counter[Any] = Counter()

    def on(self, operation: Any, **params: Any) -> Fault:
        """A rule about calls of this operation (or ANY) with at least these parameters (values, or ANY).

        Raises ValueError for an operation or parameter that S3 does not have, spelling the nearest.
        """
        spelling.check_call(operation, params, ANY)
        with self._lock:
            rule = Fault(len(self._rules), operation, params)
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()
            self._drawn.clear()

    @property
    def rules(self) -> tuple[Fault, ...]:
        return tuple(self._rules)

    def all_fired(self) -> Verdict:
        """Whether every rule did what it was laid down for; the repr names those that did not."""
        left = self.unfired
        return Verdict(not left, f"never fired: {', '.join(map(repr, left))}" if left else "every rule fired")

    @property
    def unfired(self) -> list[Fault]:
        return [rule for rule in self._rules if not rule.has_fired]

    def warn_unfired(self) -> None:
        """UnfiredFaultWarning, where a rule never fired."""
        if self.unfired:
            lines = "\n".join(f"  {rule!r}" for rule in self.unfired)
            warnings.warn(f"fault rules that never fired:\n{lines}", UnfiredFaultWarning, stacklevel=4)

    def concern(self, operation: str) -> bool:
        """Whether any rule is about calls of this operation."""
        return bool(self._rules) and any(rule.operation == operation for rule in self._rules)  # ANY is equal to all

    def strike(self, operation: str, params: Mapping[str, Any], client_info: ClientInfo) -> FaultEffect:
        """What happens to this call."""
        if not self._rules:
            return NO_EFFECT
        struck, delay = NO_EFFECT, 0.0
        with self._lock:
            for rule in self._rules:
                if rule.strikes(operation, params, client_info, self._chance):
                    delay += rule.strike.delay
                    struck = rule.strike
                    if rule.ends_call:
                        break
        return replace(struck, delay=delay) if delay else struck

    def _chance(self, what: Any) -> float:
        """A number from 0 to 1 that depends on the seed, the call and how often it came, not on which thread was first."""
        self._drawn[what] += 1
        told = repr((self._seed, *what, self._drawn[what]))
        return random.Random(hashlib.blake2b(told.encode()).digest()).random()
