"""What S3 Control keeps of an account, besides access points and Block Public Access."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from fakes3mp.core.jobs import Job
from fakes3mp.core.multi_region import AsyncRequest

AccountKey = tuple[str, str]  # account id, and the name or id of something in it


class ControlState(Struct):
    """The state of S3 Control. Its values are replaced, never changed in place."""

    async_requests: dict[str, AsyncRequest] = field(default_factory=dict)  # ARN of its token -> request
    jobs: dict[str, Job] = field(default_factory=dict)  # id -> job
    job_tokens: dict[AccountKey, str] = field(default_factory=dict)  # account, client token -> id of its job
    storage_lenses: dict[AccountKey, Any] = field(default_factory=dict)

    def copy(self) -> ControlState:
        """A state with the same values."""
        return ControlState(*(getattr(self, name).copy() for name in self.__struct_fields__))
