"""What S3 Control keeps of an account, besides access points and Block Public Access."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from fakes3mp.core.jobs import Job
from fakes3mp.core.multi_region import AsyncRequest
from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value

AccountKey = tuple[str, str]  # account id, and the name, id or region of something in it


class StorageLens(Value, frozen=True):
    """A configuration of Storage Lens."""

    arn: str
    region: str
    document: Mapping[str, Any]
    tags: Tags = ()


class StorageLensGroup(Value, frozen=True):
    """A group of Storage Lens: objects, by a filter."""

    arn: str
    region: str
    filter: Mapping[str, Any]
    tags: Tags = ()


class AccessGrantsInstance(Value, frozen=True):
    """What the access grants of an account in a region belong to."""

    arn: str
    created: datetime
    identity_center_arn: str | None = None
    tags: Tags = ()


class ControlState(Struct):
    """The state of S3 Control. Its values are replaced, never changed in place."""

    async_requests: dict[str, AsyncRequest] = field(default_factory=dict)  # ARN of its token -> request
    jobs: dict[str, Job] = field(default_factory=dict)  # id -> job
    job_tokens: dict[AccountKey, str] = field(default_factory=dict)  # account, client token -> id of its job
    storage_lenses: dict[AccountKey, StorageLens] = field(default_factory=dict)
    storage_lens_groups: dict[AccountKey, StorageLensGroup] = field(default_factory=dict)
    access_grants_instances: dict[AccountKey, AccessGrantsInstance] = field(default_factory=dict)

    def copy(self) -> ControlState:
        """A state with the same values."""
        return ControlState(*(getattr(self, name).copy() for name in self.__struct_fields__))
