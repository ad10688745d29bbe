"""The options of a fake, by name and type.

What may live here: the one list of them that ``mock_multipart``, the marker, the fixture and ``load`` take. What each means
is told by FakeS3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from fakes3mp.service.clock import Clock, TimeSource


class Options(TypedDict, total=False):
    """The options of FakeS3, as ``mock_multipart``, the marker and the fixture take them too."""

    buckets: Sequence[str]
    region: str
    account_id: str
    min_part_size: int
    max_part_number: int
    strict: bool
    seed: int
    clock: Clock | TimeSource | None
    passthrough: Sequence[str]
    check_signatures: bool | Literal["required"]
    real_sleep: bool
    record_bodies: bool
    open_uploads: Literal["warn", "error", "ignore"]
    wire: Literal["auto", "always"]
    spool_over: int | None
