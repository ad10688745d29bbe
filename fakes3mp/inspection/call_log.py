"""The call log of one fake: collects calls from all threads and hands them out as Calls."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.inspection.calls import Call, Calls, UnrecordedBody
from fakes3mp.locks import create_lock

# S3 does not store a customer's key, only its MD5: neither does the log.
_SECRETS = ("SSECustomerKey", "CopySourceSSECustomerKey")


class CallLog:
    """Collects calls from any thread; Call objects are built when somebody looks.

    Until then a call is a tuple of a Call's fields in their order, which costs Python's garbage collector nothing.

    Parameters
    ----------
    bodies : bool
        Whether bodies are recorded. They share their memory with the store. If false, only their length is recorded.
    """

    def __init__(self, *, bodies: bool = True) -> None:
        self._lock = create_lock()
        self._bodies = bodies
        self._calls: list[Call] = []
        self._pending: list[tuple[Any, ...]] = []

    def append(self, fields: tuple[Any, ...]) -> None:
        """Record a call, given by the values of a Call's fields in their order."""
        with self._lock:
            self._pending.append(fields)

    def recordable(self, members: Mapping[str, Any], stored_body: Content | None = None) -> dict[str, Any]:
        """Parameters or result of a call as they may be recorded.

        Customers' keys are left out. Where the store holds the body already, as ``stored_body``, its bytes are shared.
        """
        recordable = {name: value for name, value in members.items() if name not in _SECRETS}
        if "Body" in recordable and not self._bodies:
            recordable["Body"] = UnrecordedBody(len(recordable["Body"]))
        elif "Body" in recordable and stored_body is not None and len(stored_body.segments) == 1:
            recordable["Body"] = stored_body.segments[0]
        return recordable

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
            self._pending.clear()

    @property
    def calls(self) -> Calls:
        """The calls recorded so far, in the order in which they ended."""
        with self._lock:
            self._calls += [_call(*fields) for fields in self._pending]
            self._pending.clear()
            return Calls(self._calls)


def _call(
    operation: Any,
    params: dict[str, Any],
    ignored: tuple[str, ...],
    result: dict[str, Any] | None,
    *further_fields: Any,
) -> Call:
    """The call, with read-only parameters and result."""
    read_only_result = None if result is None else MappingProxyType(result)
    return Call(operation, MappingProxyType(params), ignored, read_only_result, *further_fields)
