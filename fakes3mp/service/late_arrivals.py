"""Requests that are still on their way: their client has given them up, and S3 receives them later."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.locks import create_lock
from fakes3mp.wire.messages import TypedRequest

ARRIVED_LATE = "arrived_late"  # the fault's name in the record of the arrival

# After which call the request arrives -> the operation of that call; None: the same operation again.
ARRIVALS: Mapping[str, str | None] = {
    "retry": None,
    "complete": "CompleteMultipartUpload",
    "abort": "AbortMultipartUpload",
}
_UPLOAD = ("Bucket", "Key", "UploadId")
_ATTEMPT = (*_UPLOAD, "PartNumber")


class LateRequest(Struct, frozen=True, eq=False):
    """A request on its way, and the call after which it arrives."""

    sent: TypedRequest
    after: str  # a key of ``ARRIVALS``

    def arrives_after(self, call: TypedRequest) -> bool:
        """Whether it arrives now that this call has ended."""
        operation = ARRIVALS[self.after]
        names = _UPLOAD if operation else _ATTEMPT
        return (
            call is not self.sent
            and call.operation == (operation or self.sent.operation)
            and all(call.params.get(name) == self.sent.params.get(name) for name in names)
        )

    def as_received(self) -> TypedRequest:
        """The request as S3 receives it: not an attempt that its client waits for."""
        return replace(self.sent, client_info=replace(self.sent.client_info, invocation_id=None))


class LateArrivals:
    """The requests on their way."""

    def __init__(self) -> None:
        self._lock = create_lock()
        self._requests: list[LateRequest] = []

    def add(self, request: LateRequest) -> None:
        """Hold a request back."""
        with self._lock:
            self._requests.append(request)

    def due_after(self, call: TypedRequest) -> list[TypedRequest]:
        """Take out the requests that arrive now that this call has ended."""
        with self._lock:
            due = [request for request in self._requests if request.arrives_after(call)]
            self._requests = [request for request in self._requests if request not in due]
        return [request.as_received() for request in due]

    def clear(self) -> None:
        """Drop all requests."""
        with self._lock:
            self._requests.clear()

    def __len__(self) -> int:
        return len(self._requests)
