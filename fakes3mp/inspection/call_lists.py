"""Calls in a sequence: those that a fake has recorded, or some of them, and the retries of one call together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

from msgspec import Struct

from fakes3mp.inspection import spelling
from fakes3mp.inspection.call_records import RecordedCalls
from fakes3mp.inspection.calls import ANY, Call
from fakes3mp.inspection.formatting import format_params

if TYPE_CHECKING:
    from fakes3mp.inspection.outcomes import CallOutcome
    from fakes3mp.names import OperationName


class Calls(Sequence[Call]):
    """A read-only sequence of calls, in the order in which they ended.

    An index gives a Call, a slice gives Calls. It equals a list, tuple or Calls of equal calls.

    Parameters
    ----------
    calls : Sequence[Call]
        The calls; a fake's are in ``fake.calls``.

    Examples
    --------
    >>> calls = Calls([Call("PutObject", {"Key": "a"}), Call("GetObject", {"Key": "a"})])
    >>> calls[0], len(calls[1:])
    (<PutObject(Key='a') -> ok>, 1)
    >>> calls.of("PutObject", Key=ANY)
    [<PutObject(Key='a') -> ok>]
    """

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self._calls = calls if isinstance(calls, RecordedCalls) else tuple(calls)

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy make it of again."""
        return Calls, (tuple(self._calls),)

    def of(self, operation: OperationName = ANY, **params: Any) -> Calls:
        """The calls of an operation with at least these parameters.

        Parameters
        ----------
        operation : str
            S3's name of the operation (``"UploadPart"``); ``ANY``, the default, stands for all operations.
        **params : Any
            Parameters that a call must have, named as in boto3, with their values; ``ANY`` as a value: the parameter
            was sent.

        Returns
        -------
        Calls
            The matching attempts, in order; empty if there are none. Use ``.grouped`` to count retries once.

        Raises
        ------
        ValueError
            If S3 has no such operation or the operation has no such parameter: the message names the nearest ones.

        Examples
        --------
        >>> calls = Calls([Call("UploadPart", {"PartNumber": 1}), Call("UploadPart", {"PartNumber": 2})])
        >>> calls.of("UploadPart", PartNumber=2)
        [<UploadPart(PartNumber=2) -> ok>]
        >>> calls.of("UploadPrat")
        Traceback (most recent call last):
        ValueError: there is no operation 'UploadPrat'; did you mean UploadPart or UploadPartCopy?
        """
        spelling.check_call(operation, params, ANY)
        if isinstance(self._calls, RecordedCalls):
            return Calls(self._calls.select(operation, params))
        return Calls([call for call in self._calls if call.matches(operation, params)])

    @property
    def grouped(self) -> tuple[GroupedCall, ...]:
        """The calls with their retries grouped, as the client's user made them.

        Attempts belong together if they have the same ``invocation_id`` (F110).

        Returns
        -------
        tuple[GroupedCall, ...]
            In the order in which their first attempts ended.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     rule = fake.faults.on("PutObject").times(1).error("SlowDown")
        ...     response = fake.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
        >>> len(fake.calls), [call.outcome for call in fake.calls.grouped[0].attempts]
        (2, ['SlowDown', 'ok'])
        """
        attempts: dict[Any, list[Call]] = {}
        for index, call in enumerate(self._calls):
            attempts.setdefault((call.invocation_id or index, call.operation), []).append(call)
        return tuple(GroupedCall(tuple(calls)) for calls in attempts.values())

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Calls: ...
    def __getitem__(self, index: int | slice) -> Call | Calls:
        return Calls(self._calls[index]) if isinstance(index, slice) else self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Calls, list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._calls))


class GroupedCall(Struct, frozen=True):
    """One call as the client's user made it, with every attempt that the client's retries made.

    Attributes
    ----------
    attempts : tuple[Call, ...]
        The attempts in order; at least one.

    Examples
    --------
    >>> attempts = (Call("PutObject", {"Key": "a"}), Call("PutObject", {"Key": "a"}, attempt=2, waited=0.5))
    >>> story = GroupedCall(attempts)
    >>> story.operation, story.params["Key"], story.outcome, story.waited
    ('PutObject', 'a', 'ok', 0.5)
    """

    attempts: tuple[Call, ...]

    @property
    def operation(self) -> OperationName:
        """The operation that was called.

        Returns
        -------
        str
            S3's name: ``"PutObject"``.
        """
        return self.attempts[0].operation

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the first attempt.

        Returns
        -------
        Mapping[str, Any]
            Read-only, named as in boto3; see ``Call.params``.
        """
        return self.attempts[0].params

    @property
    def outcome(self) -> CallOutcome:
        """How the call ended for the client.

        Returns
        -------
        str
            The outcome of the last attempt; see ``Call.outcome``.
        """
        return self.attempts[-1].outcome

    @property
    def waited(self) -> float:
        """The backoff between the attempts that the client asked for.

        Returns
        -------
        float
            Seconds, all together. They are only waited for with ``real_sleep=True``.
        """
        return sum(call.waited for call in self.attempts)

    def __repr__(self) -> str:
        outcomes = ", ".join(call.outcome for call in self.attempts)
        return f"<{self.operation}({format_params(self.params)}) -> {outcomes}>"
