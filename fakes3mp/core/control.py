"""What S3 Control keeps of an account, besides access points and Block Public Access.

The modules of its values are imported when one is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from fakes3mp.core.account_settings import AccessGrantsInstance, StorageLens, StorageLensGroup
    from fakes3mp.core.jobs import Job
    from fakes3mp.core.multi_region import AsyncRequest

# The kinds of scheduled steps.
JOB_STEP, MULTI_REGION_STEP = "job", "multi-region"

AccountKey = tuple[str, str]  # account id, and the name, id or region of something in it


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
