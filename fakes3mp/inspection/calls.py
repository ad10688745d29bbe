"""A recorded call as a test sees it, and ANY. Sequences of calls are in call_lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from msgspec import Struct

from fakes3mp.errors import S3Error
from fakes3mp.inspection.formatting import format_params

if TYPE_CHECKING:
    from fakes3mp.inspection.outcomes import CallOutcome
    from fakes3mp.names import OperationName

PART_OPERATIONS = ("UploadPart", "UploadPartCopy")  # those that store a part


class _Any:
    """Equal to everything: stands for every operation, or for every value of a parameter that was sent.

    >>> from fakes3mp import ANY, FakeS3
    >>> with FakeS3(buckets=["media"]) as fake:
    ...     response = fake.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> fake.assert_called("PutObject", Key=ANY, times=1)
    >>> len(fake.calls.of(ANY, Bucket="media"))
    1
    """

    def __eq__(self, other: object) -> bool:
        return True

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()
"""Stands for every operation, or for every value of a parameter that was sent: ``calls.of(ANY, Key=ANY)``."""


def call_matches(
    operation: Any, params: Mapping[str, Any], called_operation: str, called_params: Mapping[str, Any]
) -> bool:
    """Whether a call is of this operation and has at least these parameters; ANY stands for every operation or value."""
    if operation is not ANY and operation != called_operation:
        return False
    return all(name in called_params and expected == called_params[name] for name, expected in params.items())


class UnrecordedBody(Struct, frozen=True):
    """Stands for a body in a call where bodies are not recorded (``record_bodies=False``); ``len()`` is its length.

    Attributes
    ----------
    size : int
        The length of the body in bytes.
    """

    size: int

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<{self.size} bytes, not recorded>"


class Call(Struct, frozen=True):
    """One attempt of one S3 call, as the fake received and answered it.

    A call that the client retried is recorded once for each attempt; ``Calls.grouped`` groups them. A call is read-only.

    Attributes
    ----------
    operation : str
        S3's name of the operation: ``"UploadPart"``.
    params : Mapping[str, Any]
        The parameters, named as in boto3: ``call.params["PartNumber"]``. ``Body`` is bytes. A customer's encryption
        key is left out. With ``record_bodies=False`` a body is an object that only has a length.
    ignored : tuple[str, ...]
        Names of the parameters that the fake does not act on; empty for most calls.
    result : Mapping[str, Any] or None
        The result, named as in boto3, without ``ResponseMetadata``; None if the operation was not carried out. A result
        beside ``error`` or ``broken`` means that S3 carried it out, but a fault kept the client from learning so.
    error : S3Error or None
        The error that the client received, with ``code``, ``message``, ``status`` and ``fields``.
    attempt : int
        The number of this attempt as the client labels it, from 1 (F110).
    invocation_id : str or None
        The client's label that all attempts of one call share (F110); None for clients that send none.
    region : str or None
        The region that the client signed the request for; None if it names none, as an unsigned request.
    thread : str
        The name of the thread in which the fake answered; in-process, that is the client's thread.
    started : datetime or None
        When the call began, by the fake's clock: an aware datetime.
    began : float
        When the call began, in seconds of ``time.perf_counter()``: for differences between calls only.
    duration : float
        How long the fake took to answer, in seconds.
    waited : float
        The backoff before this attempt that the client asked for, in seconds. It is only waited for with
        ``real_sleep=True``.
    fault : str or None
        The name of the injected fault that affected the call: ``"SlowDown"``, ``"reset_connection"``.
    broken : bool
        Whether an injected fault broke the connection, so that the client received no response.
    process : int
        The id of the process that made the call: this one, or a child that it has forked.
    decision : str or None
        Why policies and ACLs allowed or refused the call: the statement by its Sid or number and the kind of its policy, or
        that nothing allowed it. S3 itself tells less. None where the bucket's owner called and no policy had to be asked.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with FakeS3(buckets=["media"]) as fake:
    ...     response = fake.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> call = fake.calls[0]
    >>> call.operation, call.params["Key"], call.outcome, call.attempt
    ('PutObject', 'a.txt', 'ok', 1)
    >>> call.result["ETag"] == response["ETag"]
    True
    """

    operation: OperationName
    params: Mapping[str, Any]
    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    attempt: int = 1
    invocation_id: str | None = None
    region: str | None = None
    thread: str = ""
    started: datetime | None = None
    began: float = 0.0
    duration: float = 0.0
    waited: float = 0.0
    fault: str | None = None
    broken: bool = False
    process: int = 0
    decision: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy make it of again: results of process pools and of pytest-xdist travel."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        for name in ("params", "result"):
            values[name] = None if values[name] is None else _plain_members(values[name])
        return _rebuild_call, (values,)

    @property
    def outcome(self) -> CallOutcome:
        """How the call ended for the client.

        Returns
        -------
        str
            ``"ok"``, the code of the error (``"NoSuchUpload"``), or the name of the fault that broke the connection
            (``"reset_connection"``).

        Examples
        --------
        >>> from fakes3mp import S3Error
        >>> Call("GetObject", {"Key": "a"}, error=S3Error("NoSuchKey")).outcome
        'NoSuchKey'
        """
        if self.error is not None:
            return cast("CallOutcome", self.error.code)
        return cast("CallOutcome", self.fault) if self.broken else "ok"

    @property
    def is_done(self) -> bool:
        """Whether S3 carried the operation out, whatever response the client received.

        Returns
        -------
        bool
            True where ``result`` is not None.

        Examples
        --------
        >>> Call("DeleteObject", {"Key": "a"}, result={}, broken=True, fault="lose_response").is_done
        True
        """
        return self.result is not None

    def matches(self, operation: Any, params: Mapping[str, Any]) -> bool:
        """Whether this is a call of the operation with at least these parameters.

        Parameters
        ----------
        operation : str
            S3's name of the operation, or ``ANY``.
        params : Mapping[str, Any]
            Parameters that the call must have, with their values; ``ANY`` as a value: the parameter was sent.

        Returns
        -------
        bool

        Examples
        --------
        >>> Call("UploadPart", {"Key": "a", "PartNumber": 2}).matches("UploadPart", {"PartNumber": 2})
        True
        """
        return call_matches(operation, params, self.operation, self.params)

    def __repr__(self) -> str:
        attempt = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        fault = f" [{self.fault}]" if self.fault not in (None, self.outcome) else ""
        return f"<{self.operation}({format_params(self.params)}){attempt} -> {self.outcome}{fault}>"


def _plain_members(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in members.items()}


def _rebuild_call(values: dict[str, Any]) -> Call:
    for name in ("params", "result"):
        values[name] = None if values[name] is None else MappingProxyType(values[name])
    return Call(**values)
