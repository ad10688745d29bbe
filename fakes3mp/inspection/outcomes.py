"""The words for how a call or an attempt ended, where it is not the code of an error."""

from __future__ import annotations

from enum import Enum
from typing import Literal

from fakes3mp.names import ErrorCode, FaultName


class Outcome(str, Enum):
    """What ``call.outcome`` and ``attempt.outcome`` say, other than an error code such as ``"SlowDown"``.

    The attributes are plain strings, and equal to these members.

    Examples
    --------
    >>> Outcome.STORED == "stored"
    True
    """

    OK = "ok"
    """Of a call: the client got S3's answer."""
    STORED = "stored"
    """Of an attempt to upload a part: the part is what this attempt uploaded."""
    REPLACED = "replaced"
    """Of an attempt: it was stored, and later another attempt replaced it, or the upload ended without the part."""

    RESET_CONNECTION = "reset_connection"
    """The connection was reset before the operation was done."""
    LOSE_RESPONSE = "lose_response"
    """The operation was done, and the connection was closed before the response."""
    TIMEOUT = "timeout"
    """The client's read timeout ran out."""
    CONNECT_TIMEOUT = "connect_timeout"
    """The client's connect timeout ran out."""
    UNREACHABLE = "unreachable"
    """The connection was refused."""
    ARRIVE_LATE = "arrive_late"
    """The client gave up, and the request arrives later."""
    CRASH = "crash"
    """The process under test died in this call."""


CallOutcome = Literal["ok"] | ErrorCode | FaultName | Outcome
"""How a call ended for the client."""
PartOutcome = Literal["stored", "replaced"] | ErrorCode | FaultName | Outcome
"""What became of an attempt to upload a part."""
