"""Everything that a store holds, as plain values: two are equal if and only if nothing changed in between."""

import weakref
from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.core.ids import Ids
from fakes3mp.core.journal import Journal


def stored_state(store):
    """Buckets with all their versions, uploads and configurations, access points, ids issued, the number of changes."""
    assert store.journal._steps == [], "no change is left to be taken back"
    return plain(store._state)


def plain(value):
    if isinstance(value, Struct):
        members = {name: getattr(value, name) for name in value.__struct_fields__}
        return {
            name: plain(member)
            for name, member in members.items()
            if not isinstance(member, Journal) and name != "generation"
        }
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, weakref.ref):
        return plain(value())
    if isinstance(value, Content):
        return value.read()
    if isinstance(value, Ids):  # those of responses are issued for every answer
        return dict(value._issued)
    return value.name if isinstance(value, Enum) else value
