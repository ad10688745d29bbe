"""Whether a bucket can have stored a configuration: for documents that come from a dump and not from a Put operation."""

from __future__ import annotations

from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.operations.configurations.by_id import KINDS
from fakes3mp.operations.configurations.single import CONFIGURATIONS, validate
from fakes3mp.operations.registry import Caller, snake_case


def check_stored(store: Store, bucket: Bucket, document: str, stored: Any) -> None:
    """Put again what Get answers: an exception, where a document is none that the bucket can have stored by this name."""
    for configuration in CONFIGURATIONS:
        if configuration.document == document:
            answered = stored if configuration.to_answer is None else configuration.to_answer(stored)
            caller = Caller(store.account_id, is_trusted=True)
            stored_again = validate(configuration, store, bucket, caller, {snake_case(document): answered})
            if _types(stored_again) != _types(stored):
                raise TypeError(f"{document} is stored as {_types(stored_again)}, not as {_types(stored)}")
    for kind in KINDS:
        if kind.document == document:
            for id_, each in stored.items():
                kind.check(each)
                if each["Id"] != id_:
                    raise TypeError(f"the {document} of Id {each['Id']!r} is stored as that of Id {id_!r}")


def _types(stored: Any) -> Any:
    """The types of a document's members; a dump does not know tuples from lists."""
    if isinstance(stored, dict):
        return {name: _types(member) for name, member in stored.items() if not isinstance(member, dict)}
    return list if isinstance(stored, (list, tuple)) else type(stored)
