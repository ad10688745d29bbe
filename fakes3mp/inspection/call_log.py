"""The call log of one fake: collects calls from all threads and hands them out as Calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.call_records import Record, RecordedCalls, Recorder, Shape
from fakes3mp.inspection.calls import Call, UnrecordedBody
from fakes3mp.locks import create_lock

# S3 does not store a customer's key, only its MD5: neither does the log.
_SECRETS = frozenset(("SSECustomerKey", "CopySourceSSECustomerKey"))
_LAST = re.compile(r"last:([1-9][0-9]*)")


def _limit(record: str) -> int | None:
    """How many calls are recorded; None for all."""
    last = _LAST.fullmatch(record)
    if record not in ("all", "none") and last is None:
        raise ValueError(f"record is 'all', 'none' or 'last:' and a number, as 'last:10000', not {record!r}")
    return int(last[1]) if last else 0 if record == "none" else None


class CallLog:
    """Collects calls from any thread.

    Parameters
    ----------
    bodies : bool
        Whether bodies are recorded. They share their memory with the store. If false, only their length is recorded.
    record : str
        Which calls are recorded: "all", "none", or the last ones: "last:10000".

    Raises
    ------
    ValueError
        Where ``record`` is none of these.
    """

    def __init__(self, *, bodies: bool = True, record: str = "all") -> None:
        self._lock = create_lock()
        self._bodies = bodies
        self._limit = _limit(record)
        self._recorder = Recorder()
        self._records: list[Record | Call] = []

    @property
    def records_nothing(self) -> bool:
        """Whether no call is recorded, by the option."""
        return self._limit == 0

    def append(self, shape: Shape, params: Mapping[str, Any], result: Mapping[str, Any] | None, *values: Any) -> None:
        """Record a call: the arguments are those of ``Recorder.record``."""
        if self._limit == 0:
            return
        with self._lock:
            self._records.append(self._recorder.record(shape, params, result, *values))
            if self._limit is not None and len(self._records) > self._limit + self._limit // 4:
                self._records = self._records[-self._limit :]

    def recordable(self, members: Mapping[str, Any], stored_body: Content | None = None) -> Mapping[str, Any]:
        """Parameters or result of a call as they may be recorded.

        Customers' keys are left out. Where the store holds the body already, as ``stored_body``, its bytes are shared.
        """
        if "Body" in members:
            members = {**members, "Body": self._recordable_body(members["Body"], stored_body)}
        if not _SECRETS.isdisjoint(members):
            return {name: value for name, value in members.items() if name not in _SECRETS}
        return members

    def _recordable_body(self, body: Any, stored_body: Content | None) -> Any:
        if not self._bodies:
            return UnrecordedBody(len(body))
        return body if stored_body is None or stored_body.data is None else stored_body.data

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._records = []

    @property
    def calls(self) -> Calls:
        """The calls recorded so far, in the order in which they ended."""
        with self._lock:
            stop = len(self._records)
            return Calls(RecordedCalls(self._records, 0 if self._limit is None else max(0, stop - self._limit), stop))
