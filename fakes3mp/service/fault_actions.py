"""What a fault does: an error code of S3's, a connection that breaks, a delay, a body that is cut short or corrupted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec.structs import replace

from fakes3mp.errors import ERRORS, S3Error
from fakes3mp.inspection import spelling
from fakes3mp.inspection.calls import ANY
from fakes3mp.service.fault_effects import NO_EFFECT, Corruption, FaultEffect, Incident, flip_bit, truncate
from fakes3mp.wire.messages import ConnectionFailure
from fakes3mp.wire.model import has_answer_body, has_streaming_input

if TYPE_CHECKING:
    from fakes3mp.names import ErrorCode

F = TypeVar("F", bound="FaultActions")

# Operations that may answer 200 and then fail, because they begin to answer before they are done (F107; S3's manual).
_ANSWER_EARLY = ("CompleteMultipartUpload", "CopyObject", "UploadPartCopy")


def _error_in_200(code: str, message: str | None) -> S3Error:
    error = S3Error(code, message)
    error.status = 200
    return error


class FaultActions:
    """The methods of a fault rule that say what happens to a call. A rule has one effect, and may have a delay besides."""

    operation: Any

    def __init__(self) -> None:
        self._effect = NO_EFFECT
        self._effect_name = ""  # of the effect that is not a delay

    @property
    def effect(self) -> FaultEffect:
        """What happens to a call on which the rule fires."""
        return self._effect

    @property
    def ends_call(self) -> bool:
        """Whether no later rule is tried for a call on which this one fires: it does more than delay."""
        return bool(self._effect_name)

    def after_commit(self: F) -> F:
        """Let S3 carry out the operation first: the client does not learn that it was done.

        Returns
        -------
        Fault
            The rule itself.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("UploadPart").after_commit().error("InternalError")
        <on('UploadPart').after_commit(): InternalError, fired 0 times, matched 0>
        """
        self._effect = replace(self._effect, after_commit=True)
        return self

    def error(self: F, code: ErrorCode, message: str | None = None, **fields: str) -> F:
        """Answer with an error of S3's, with its HTTP status (S3's manual, "Error responses").

        Parameters
        ----------
        code : str
            The error code, such as "SlowDown".
        message : str, optional
            By default S3's own message for this code.
        **fields : str
            Extra elements of the error document.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For a code that S3 does not have, with the nearest ones, and where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("GetObject").error("NoSuchKey", Key="a.txt")
        <on('GetObject'): NoSuchKey, fired 0 times, matched 0>
        """
        spelling.check_name("error code of S3", code, ERRORS)
        return self._set_effect(code, partial(S3Error, code, message, fields))

    def ok_with_error(self: F, code: ErrorCode = "InternalError", message: str | None = None) -> F:
        """Answer HTTP 200 with an error document, as S3 may where it begins to answer before it is done (F107).

        Parameters
        ----------
        code : str, default "InternalError"
            The error code.
        message : str, optional
            By default S3's own message for this code.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For a code that S3 does not have, for another operation than CompleteMultipartUpload, CopyObject and
            UploadPartCopy, and where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("CompleteMultipartUpload").times(1).ok_with_error("InternalError")
        <on('CompleteMultipartUpload').times(1): ok_with_error, fired 0 times, matched 0>
        """
        spelling.check_name("error code of S3", code, ERRORS)
        if self.operation not in _ANSWER_EARLY:
            raise ValueError(f"S3 answers 200 with an error only to {', '.join(_ANSWER_EARLY)}")
        return self._set_effect("ok_with_error", partial(_error_in_200, code, message))

    def reset_connection(self: F) -> F:
        """Let S3's side reset the connection before the operation is done.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            Where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("UploadPart", PartNumber=2).reset_connection()
        <on('UploadPart', PartNumber=2): reset_connection, fired 0 times, matched 0>
        """
        return self._set_effect("reset_connection", partial(ConnectionFailure, "reset"))

    def lose_response(self: F) -> F:
        """Carry out the operation, then close the connection before the response: the client does not learn of it.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            Where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("CompleteMultipartUpload").times(1).lose_response()
        <on('CompleteMultipartUpload').times(1).after_commit(): lose_response, fired 0 times, matched 0>
        """
        return self.after_commit()._set_effect("lose_response", partial(ConnectionFailure, "closed"))

    def timeout(self: F) -> F:
        """Let the client's read timeout run out without a response. It does not really wait.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            Where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("ListParts").timeout()
        <on('ListParts'): timeout, fired 0 times, matched 0>
        """
        return self._set_effect("timeout", partial(ConnectionFailure, "read_timeout"))

    def connect_timeout(self: F) -> F:
        """Let the client's connect timeout run out. It does not really wait.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            Where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("PutObject").connect_timeout()
        <on('PutObject'): connect_timeout, fired 0 times, matched 0>
        """
        return self._set_effect("connect_timeout", partial(ConnectionFailure, "connect_timeout"))

    def unreachable(self: F) -> F:
        """Refuse the connection.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            Where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("PutObject").unreachable()
        <on('PutObject'): unreachable, fired 0 times, matched 0>
        """
        return self._set_effect("unreachable", partial(ConnectionFailure, "unreachable"))

    def delay(self: F, seconds: float) -> F:
        """Really wait before the operation is done. Another effect may be added, by this rule or a later one.

        Parameters
        ----------
        seconds : float
            How long to wait, 0 or more.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For a negative time.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("GetObject").delay(0.05)
        <on('GetObject'): delay, fired 0 times, matched 0>
        """
        if seconds < 0:
            raise ValueError(f"a delay cannot be negative: {seconds}")
        self._effect = replace(self._effect, delay=seconds, name=self._effect.name or "delay")
        return self

    def truncate_body(self: F, *, after: int = 0, of: Literal["request", "answer"] | None = None) -> F:
        """Cut the body off. Lengths and digests in headers stay those of the whole body.

        Parameters
        ----------
        after : int, default 0
            How many bytes remain.
        of : str, optional
            Whose body: "request" or "answer" (the response). By default the one with the object's bytes.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For a negative number, for another value of ``of``, for an operation whose response has no body, and where
            the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("GetObject").truncate_body(after=1000)
        <on('GetObject'): truncate_body, fired 0 times, matched 0>
        """
        if after < 0:
            raise ValueError(f"a body is cut after 0 bytes or more, not {after}")
        return self._corrupt("truncate_body", truncate(after), of)

    def corrupt_body(self: F, *, of: Literal["request", "answer"] | None = None) -> F:
        """Flip one bit in the middle of the body. Digests in headers stay those of the right body.

        Parameters
        ----------
        of : str, optional
            Whose body: "request" or "answer" (the response). By default the one with the object's bytes.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For another value of ``of``, for an operation whose response has no body, and where the rule has an effect
            already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().faults.on("PutObject").corrupt_body()
        <on('PutObject'): corrupt_body, fired 0 times, matched 0>
        """
        return self._corrupt("corrupt_body", flip_bit, of)

    def _corrupt(self: F, name: str, corruption: Corruption, of: str | None) -> F:
        if of not in (None, "request", "answer"):
            raise ValueError(f"a body is that of the 'request' or of the 'answer', not of {of!r}")
        if self.operation is ANY:
            bodies = ("request", "answer") if of is None else (of,)
        else:
            of = of or ("request" if has_streaming_input(self.operation) else "answer")
            if of == "answer" and not has_answer_body(self.operation):
                raise ValueError(f"the answer to {self.operation} has no body")
            bodies = (of,)
        return self._set_effect(name, corruptions=dict.fromkeys(bodies, corruption))

    def _set_effect(
        self: F,
        name: str,
        make_error: Callable[[], BaseException] | None = None,
        corruptions: Mapping[str, Corruption] | None = None,
        incident: Incident | None = None,
    ) -> F:
        if self._effect_name:
            raise ValueError(f"this rule does {self._effect_name} already; add another one with on(...) for {name}")
        self._effect_name = name
        self._effect = replace(
            self._effect, name=name, make_error=make_error, corruptions=corruptions or {}, incident=incident
        )
        return self
