"""Event notifications: what S3 would have sent to a queue, a topic or a function.

What may live here: which changes a bucket's NotificationConfiguration asks for, and the record S3 makes of one (S3's
manual, "Event message structure", version 2.1). Where a record goes is the user's: a list, and functions to call.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar
from urllib.parse import quote_plus

from fakes3mp.core.changes import Change
from fakes3mp.core.notification import NOTIFICATION, configurations
from fakes3mp.core.store import Store

Record = dict[str, Any]
S3_ITSELF = "s3.amazonaws.com"  # who acts when a lifecycle rule does
Listener = TypeVar("Listener", bound="Callable[[Record], object]")


class Events:
    """Collects the records of one fake, and tells who wants to hear of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._listeners: list[Callable[[Record], object]] = []
        self._pending = _Pending()
        store.on_change = self._noticed

    def _noticed(self, change: Change) -> None:
        """Keep what is to be told until the call has ended: listeners are not called under the store's lock."""
        document = self._store.bucket(change.bucket).configurations.get(NOTIFICATION)
        if document is not None:
            self._pending.records += [_record(self._store, change, each) for each in _asking(document, change)]

    @property
    def are_due(self) -> bool:
        """Whether what has just ended in this thread is to be told to anybody."""
        return bool(self._pending.records)

    def deliver(self, principal: str, request_id: str = "", host_id: str = "") -> None:
        """Hand over the records of what has just ended in this thread: a call, or S3's own doing."""
        ready, self._pending.records = self._pending.records, []
        for record in ready:
            record["responseElements"] = {"x-amz-request-id": request_id, "x-amz-id-2": host_id}
            record["userIdentity"] = {"principalId": principal}
            record["requestParameters"] = {"sourceIPAddress": S3_ITSELF if principal == S3_ITSELF else "127.0.0.1"}
            with self._lock:
                self._records.append(record)
            for listener in list(self._listeners):
                listener(copy.deepcopy(record))

    def on_event(self, listener: Listener) -> Listener:
        """Call this function with every record from now on."""
        self._listeners.append(listener)
        return listener

    @property
    def records(self) -> list[Record]:
        """Copies of all records, in order."""
        with self._lock:
            return copy.deepcopy(self._records)

    def clear(self) -> None:
        with self._lock:
            self._records.clear()


class _Pending(threading.local):
    """What the call of this thread has changed so far."""

    def __init__(self) -> None:
        self.records: list[Record] = []


def _asking(document: Mapping[str, Any], change: Change) -> Iterator[str]:
    """The ids of the configurations that ask for this change."""
    for each in configurations(document):
        wanted = any(fnmatchcase(f"s3:{change.event}", event) for event in each["Events"])
        if wanted and all(_fits(rule, change.key) for rule in _rules(each)):
            yield each["Id"]


def _rules(configuration: Mapping[str, Any]) -> list[Mapping[str, str]]:
    rules: list[Mapping[str, str]] = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return rules


def _fits(rule: Mapping[str, str], key: str) -> bool:
    ends = key.startswith if rule["Name"].lower() == "prefix" else key.endswith
    return ends(rule["Value"])


def _record(store: Store, change: Change, configuration_id: str) -> Record:
    """The record, but for what is known only when the call has been answered."""
    bucket = store.bucket(change.bucket)
    known = {"size": change.size, "eTag": change.etag, "versionId": change.version_id}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": f"{change.at:%Y-%m-%dT%H:%M:%S}.000Z",
        "eventName": change.event,
        "userIdentity": {},
        "requestParameters": {},
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": bucket.owner},
                "arn": f"arn:aws:s3:::{change.bucket}",
            },
            "object": {
                "key": quote_plus(change.key, safe="/"),
                **{name: value for name, value in known.items() if value is not None},
                "sequencer": f"{change.sequence:018X}",
            },
        },
    }
