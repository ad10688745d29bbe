"""Whether a bucket can have stored a configuration: for documents that come from a dump and not from a Put operation."""

from __future__ import annotations

from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configurations.by_id import KINDS
from fakes3mp.operations.configurations.single import CONFIGURATIONS, Configuration, validate
from fakes3mp.operations.registry import Caller, snake_case

# Errors about another bucket, which may have been deleted or changed since the configuration was put.
_ABOUT_OTHER_BUCKETS = ("CrossLocationLoggingProhibitted", "InvalidTargetBucketForLogging")


def check_stored(store: Store, bucket: Bucket, document: str, stored: Any) -> None:
    """Put again what Get answers: an exception, where a document is none that the bucket can have stored by this name."""
    for configuration in CONFIGURATIONS:
        if configuration.document == document:
            _check_single(store, bucket, configuration, stored)
    for kind in KINDS:
        if kind.document == document:
            for id_, each in stored.items():
                kind.check(each)
                if each["Id"] != id_:
                    raise TypeError(f"the {document} of Id {each['Id']!r} is stored as that of Id {id_!r}")


def _check_single(store: Store, bucket: Bucket, configuration: Configuration, stored: Any) -> None:
    answered = stored if configuration.to_answer is None else configuration.to_answer(stored)
    caller, document = Caller(store.account_id, is_trusted=True), configuration.document
    try:
        stored_again = validate(configuration, store, bucket, caller, {snake_case(document): answered})
    except S3Error as error:
        if error.code in _ABOUT_OTHER_BUCKETS:
            return
        raise
    if _types(stored_again) != _types(stored):
        raise TypeError(f"{document} is stored as {_types(stored_again)}, not as {_types(stored)}")


def _types(stored: Any) -> Any:
    """The types of a document's members; a dump does not know tuples from lists."""
    if isinstance(stored, dict):
        return {name: _types(member) for name, member in stored.items() if not isinstance(member, dict)}
    return list if isinstance(stored, (list, tuple)) else type(stored)
