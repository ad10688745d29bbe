"""What a fault does to one call, step by step through the corridor.

What may live here: a value that the corridor asks before, in and after a call. Which rule chose it is faults' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from fakes3mp.core.content import Content
from fakes3mp.wire.messages import Request, Response

Corruption = Callable[[bytes], bytes]


def cut(after: int) -> Corruption:
    """The bytes up to here."""
    return lambda body: body[:after]


def flipped(body: bytes) -> bytes:
    """The bytes with one bit in their middle turned over.

    >>> flipped(b"abc")
    b'acc'
    """
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] if body else body


class FaultEffect(Struct, frozen=True):
    """What happens to one call; ``damages`` are to the body of the "request" or of the "answer"."""

    name: str | None = None
    delay: float = 0.0  # seconds
    failure: Callable[[], Exception] | None = None
    committed: bool = False  # the operation is done first, and only then goes wrong
    damages: Mapping[str, Corruption] = field(default_factory=dict)

    def received(self, request: Request) -> Request:
        """The request as it arrives, after its delay; declared lengths and digests are as they were sent."""
        if self.delay:
            time.sleep(self.delay)
        damage = self.damages.get("request")
        return replace(request, body=damage(request.body)) if damage else request

    def before(self) -> None:
        """Before the operation: nothing is done yet."""
        if self.failure is not None and not self.committed:
            raise self.failure()

    def after(self) -> None:
        """After the operation: all is done, the client hears otherwise."""
        if self.failure is not None and self.committed:
            raise self.failure()

    def sent(self, response: Response) -> Response:
        """The answer as it arrives; its headers are those of what was meant to be sent."""
        damage = self.damages.get("answer")
        if damage is None:
            return response
        return replace(response, body=Content.of(damage(response.body.read())), meant=response.body.size)


NO_EFFECT = FaultEffect()
