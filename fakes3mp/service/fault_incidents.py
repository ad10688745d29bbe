"""Faults in which something happens beside the call: it arrives late, another client acts, the process dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from fakes3mp.errors import S3Error
from fakes3mp.inspection import spelling
from fakes3mp.service.fault_effects import Incident
from fakes3mp.service.late_arrivals import ARRIVALS, LateRequest
from fakes3mp.wire.messages import ConnectionFailure, TypedRequest

F = TypeVar("F", bound="IncidentActions")


class Crash(BaseException):
    """The process under test has died, as a fault rule's ``crash()`` said: it makes no S3 call any more.

    It is a BaseException, so that ``except Exception`` does not catch it. What the code does after it, such as cleaning
    up in ``finally``, a dead process would not do: every further S3 call raises Crash too (in other threads, a
    connection error), until ``fake.faults.clear()``.

    Examples
    --------
    >>> from fakes3mp import Crash, FakeS3
    >>> with FakeS3(buckets=["media"]) as fake:
    ...     rule = fake.faults.on("PutObject").crash()
    ...     try:
    ...         fake.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    ...     except Crash as crash:
    ...         print(crash)
    the process crashes at PutObject
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.thread: int = threading.get_ident()  # the one in which it was raised


def _overwrite(service: Any, params: Mapping[str, Any]) -> None:
    body = b"written by another client"
    service.perform("PutObject", {"Bucket": params["Bucket"], "Key": params["Key"], "Body": body})


def _delete(service: Any, params: Mapping[str, Any]) -> None:
    service.perform("DeleteObject", {"Bucket": params["Bucket"], "Key": params["Key"]})


def _complete_upload(service: Any, params: Mapping[str, Any]) -> None:
    upload = _upload(params)
    parts = service.perform("ListParts", upload).get("Parts", [])
    listed = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    if listed:
        service.perform("CompleteMultipartUpload", {**upload, "MultipartUpload": {"Parts": listed}})


def _abort_upload(service: Any, params: Mapping[str, Any]) -> None:
    service.perform("AbortMultipartUpload", _upload(params))


def _upload(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in ("Bucket", "Key", "UploadId")}


def _run_lifecycle(service: Any, params: Mapping[str, Any]) -> None:
    service.clock.advance(days=8)  # more than the 7 days that rules for incomplete uploads usually have


def _jump_clock(service: Any, params: Mapping[str, Any]) -> None:
    service.clock.advance(hours=12)


# What another client, or S3 itself, does meanwhile -> the function, and the parameters that the call must have.
MEANWHILE: Mapping[str, tuple[Callable[[Any, Mapping[str, Any]], None], tuple[str, ...]]] = {
    "overwrite": (_overwrite, ("Bucket", "Key")),
    "delete": (_delete, ("Bucket", "Key")),
    "complete_upload": (_complete_upload, ("Bucket", "Key", "UploadId")),
    "abort_upload": (_abort_upload, ("Bucket", "Key", "UploadId")),
    "run_lifecycle": (_run_lifecycle, ()),
    "jump_clock": (_jump_clock, ()),
}


def _ready_incident(name: str) -> Incident:
    function, required = MEANWHILE[name]

    def happen(service: Any, request: TypedRequest) -> None:
        if all(parameter in request.params for parameter in required):
            with suppress(S3Error):  # it is refused to the other client, so nothing happens
                function(service, request.params)

    return happen


class IncidentActions:
    """The methods of a fault rule that let something happen beside the call."""

    operation: Any
    _faults: Any
    after_commit: Any
    _set_effect: Any

    def arrive_late(self: F, after: str = "retry") -> F:
        """Let the client's read timeout run out; S3 receives the request only later, when nobody waits for it.

        Parameters
        ----------
        after : "retry", "complete" or "abort", default "retry"
            After which later call S3 carries the request out: the next attempt of the same call, or the
            CompleteMultipartUpload or AbortMultipartUpload of its upload. Without such a call it is lost.

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For another value of ``after``, and where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     rule = fake.faults.on("PutObject").times(1).arrive_late()
        ...     response = fake.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
        >>> [(call.fault, call.is_done) for call in fake.calls]
        [('arrive_late', False), (None, True), ('arrived_late', True)]
        """
        spelling.check_name("call after which a request arrives", after, ARRIVALS)

        def hold_back(service: Any, request: TypedRequest) -> None:
            service.faults.late.add(LateRequest(request, after))

        return self._set_effect(  # type: ignore[no-any-return]
            "arrive_late", partial(ConnectionFailure, "read_timeout"), incident=hold_back
        )

    def meanwhile(self: F, happens: Callable[[Any], object] | str) -> F:
        """Let something happen just before S3 carries out the call; with ``after_commit``, just after.

        The call goes on: it finds what was changed.

        Parameters
        ----------
        happens : callable or str
            A function that gets the fake, or the name of what happens: "overwrite" or "delete" (another client writes or
            deletes the key), "complete_upload" or "abort_upload" (another client, or a lifecycle rule, ends the upload),
            "run_lifecycle" (8 days pass, and lifecycle rules act), "jump_clock" (12 hours pass).

        Returns
        -------
        Fault
            The rule itself.

        Raises
        ------
        ValueError
            For an unknown name, and where the rule has an effect already.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     rule = fake.faults.on("GetObject").meanwhile(lambda fake: fake.put("media", "a.txt", b"another's"))
        ...     response = fake.client().put_object(Bucket="media", Key="a.txt", Body=b"mine")
        ...     fake.client().get_object(Bucket="media", Key="a.txt")["Body"].read()
        b"another's"
        """
        if isinstance(happens, str):
            spelling.check_name("thing that happens meanwhile called", happens, MEANWHILE)
            return self._set_effect(happens, incident=_ready_incident(happens))  # type: ignore[no-any-return]
        function, faults = happens, self._faults
        return self._set_effect(  # type: ignore[no-any-return]
            "meanwhile", incident=lambda service, request: function(faults.fake)
        )

    def crash(self: F) -> F:
        """Let the process under test die before S3 receives the call; with ``after_commit``, before its response comes.

        The call raises Crash, a BaseException, and so does every further S3 call until ``fake.faults.clear()``. It is for
        clients of this process.

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
        >>> FakeS3().faults.on("UploadPart", PartNumber=2).crash()
        <on('UploadPart', PartNumber=2): crash, fired 0 times, matched 0>
        """

        def die(service: Any, request: TypedRequest) -> None:
            crash = Crash(f"the process crashes at {request.operation}")
            service.faults.kill_client(crash)
            raise crash

        return self._set_effect("crash", incident=die)  # type: ignore[no-any-return]
