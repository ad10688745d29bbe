"""The effect of a fault on one call: a delay, an error or a broken connection, a corrupted body.

The rules that choose an effect are in ``service.fault_rules``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.wire.messages import Request, Response, TypedRequest

Corruption = Callable[[bytes], bytes]
Incident = Callable[[Any, TypedRequest], None]  # called with the service and the request


def truncate(after: int) -> Corruption:
    """A corruption that cuts a body off after so many bytes."""
    return lambda body: body[:after]


def flip_bit(body: bytes) -> bytes:
    """Flip the lowest bit of the byte in the middle.

    >>> flip_bit(b"abc")
    b'acc'
    """
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :] if body else body


class FaultEffect(Struct, frozen=True):
    """What happens to one call."""

    name: str | None = None  # as the call log shows it
    delay: float = 0.0  # seconds
    make_error: Callable[[], BaseException] | None = None
    incident: Incident | None = None  # what else happens at that moment, before the error is raised
    after_commit: bool = False  # whether the operation is done before the error is raised
    corruptions: Mapping[str, Corruption] = field(default_factory=dict)  # of the "request", of the "answer"

    def apply_to_request(self, request: Request) -> Request:
        """Wait for the delay, and corrupt the request's body. Declared lengths and digests stay as they were sent."""
        if self.delay:
            time.sleep(self.delay)
        corrupt = self.corruptions.get("request")
        return replace(request, body=corrupt(request.body)) if corrupt else request

    def before_operation(self, service: Any, request: TypedRequest) -> None:
        """Let the incident happen and raise the error, unless the operation is to be done first."""
        if not self.after_commit:
            self._happen(service, request)

    def after_operation(self, service: Any, request: TypedRequest) -> None:
        """Let the incident happen and raise the error, if the operation was to be done first."""
        if self.after_commit:
            self._happen(service, request)

    def _happen(self, service: Any, request: TypedRequest) -> None:
        if self.incident is not None:
            self.incident(service, request)
        if self.make_error is not None:
            raise self.make_error()

    def apply_to_response(self, response: Response) -> Response:
        """Corrupt the response's body. Its headers stay as they are."""
        corrupt = self.corruptions.get("answer")
        if corrupt is None:
            return response
        return replace(response, body=Content.of(corrupt(response.body.read())), declared_size=response.body.size)


NO_EFFECT = FaultEffect()
