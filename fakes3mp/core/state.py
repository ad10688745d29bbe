"""Everything in a store that changes, as one value."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from fakes3mp.core.access_points import Endpoint
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.control import ControlState
from fakes3mp.core.ids import Ids
from fakes3mp.core.journal import Journal
from fakes3mp.core.uploads import Upload

Step = tuple[str, ...]  # what is to happen at some time: its kind, and what it happens to


class StoreState(Struct):
    """Everything in a store that changes; a snapshot is a copy of it."""

    ids: Ids
    journal: Journal
    buckets: dict[str, Bucket] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)  # upload id -> upload, ended ones too
    access_points: dict[str, Endpoint] = field(default_factory=dict)  # ARN -> access point of any kind
    scheduled: dict[Step, datetime] = field(default_factory=dict)
    public_access_blocks: dict[str, dict[str, bool]] = field(default_factory=dict)  # owner -> its account's settings
    rename_tokens: dict[str, str] = field(default_factory=dict)  # client token of a RenameObject -> its request
    control: ControlState = field(default_factory=ControlState)
    sequence: int = 0  # the number of the last change


def new_state(seed: int) -> StoreState:
    """The state of a store in which nothing has happened yet."""
    journal = Journal()
    return StoreState(Ids(seed, journal), journal)
