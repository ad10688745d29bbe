"""What an account has once: configurations and groups of Storage Lens, and the instance of Access Grants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fakes3mp.core.tagging import Tags
from fakes3mp.core.value import Value


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
