"""One call on its way through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Caller
from fakes3mp.service.fault_effects import FaultEffect
from fakes3mp.service.fault_incidents import Crash
from fakes3mp.wire.messages import ConnectionFailure, TypedRequest


class RunningCall(Struct):
    """One call on its way through the pipeline: what the call log will hold of it."""

    request: TypedRequest
    effect: FaultEffect
    started: datetime  # the fake's time
    started_at: float  # seconds of ``time.perf_counter``
    ignored: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    error: S3Error | None = None
    connection_failure: ConnectionFailure | Crash | None = None  # why the client receives nothing
    body: Content | None = None  # as the store holds it
    decisions: list[str] = []  # what was decided about its permissions
    bucket_name: str = ""  # the bucket's own, where an access point was named
    caller: Caller | None = None  # None as long as it is not known
