"""Inventories: lists of a bucket's objects, delivered each day or week as S3 does (O336)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.encryption import SSE_S3, Encryption, key_arn
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store
from fakes3mp.operations.configurations.inventory import INVENTORY, OPTIONAL_FIELDS, inventory_destination
from fakes3mp.operations.policy.services import judge_service
from fakes3mp.service.deliveries.delivery import Delivery, deliver, no_permission, report_undelivered
from fakes3mp.service.deliveries.inventory_fields import value_of

SERVICE = "s3.amazonaws.com"
_SUNDAY = 6


class Report(Struct, frozen=True):
    """One list, on its way to its destination."""

    source: Bucket
    target: Bucket
    document: Mapping[str, Any]  # the InventoryConfiguration
    at: datetime

    @property
    def folder(self) -> str:
        """The part of the keys that all reports of the configuration share."""
        prefix = inventory_destination(self.document).get("Prefix", "")
        return f"{prefix + '/' if prefix else ''}{self.source.name}/{self.document['Id']}"

    @property
    def fields(self) -> list[str]:
        """The names of the columns, in S3's order."""
        of_versions = ["VersionId", "IsLatest", "IsDeleteMarker"] if self.has_all_versions else []
        optional = self.document.get("OptionalFields") or ()
        return ["Bucket", "Key", *of_versions, *(name for name in OPTIONAL_FIELDS if name in optional)]

    @property
    def has_all_versions(self) -> bool:
        return bool(self.document["IncludedObjectVersions"] == "All")

    def versions(self) -> Iterator[Version]:
        """What is listed."""
        prefix = self.document.get("Filter", {}).get("Prefix", "")
        if self.has_all_versions:
            yield from (version for version in self.source.all_versions() if version.key.startswith(prefix))
        else:
            yield from (version for key, version in self.source.objects.items() if key.startswith(prefix))


def deliver_inventory(store: Store, step: Step, at: datetime) -> None:
    """Deliver the list of a configuration, and schedule the next one."""
    store.schedule(step, None)
    _, bucket_name, id_ = step
    source = store.buckets.get(bucket_name)
    document = None if source is None else source.configurations.get(INVENTORY, {}).get(id_)
    if source is None or document is None or not document["IsEnabled"]:
        return
    store.schedule(step, _next_time(document["Schedule"]["Frequency"], at))
    destination = inventory_destination(document)
    name = destination["Bucket"].rpartition(":")[2]
    target = store.buckets.get(name)
    reason = "it is not there" if target is None else _obstacle(source, target, document)
    if target is None or reason is not None:
        report_undelivered(store, f"inventory {id_!r}", source, name, reason or "")
        return
    _deliver(store, Report(source, target, document, at))


def _next_time(frequency: str, at: datetime) -> datetime:
    """The next midnight, or that of the next Sunday (S3's manual)."""
    days = 1 if frequency == "Daily" else (_SUNDAY - at.weekday()) % 7 or 7
    return at + timedelta(days=days)


def _obstacle(source: Bucket, target: Bucket, document: Mapping[str, Any]) -> str | None:
    """Why S3 cannot write the report into its destination; None where it can."""
    destination = inventory_destination(document)
    if destination["Format"] != "CSV":
        return f"the fake writes CSV only, not {destination['Format']}"
    if "AccountId" in destination and canonical_id(destination["AccountId"]) != target.owner:
        return f"it is not a bucket of the account {destination['AccountId']}"
    key = f"{destination.get('Prefix', '')}/{source.name}/{document['Id']}/data/list.csv.gz".lstrip("/")
    return None if judge_service(target, SERVICE, key, source) is True else no_permission(SERVICE, key)


def _deliver(store: Store, report: Report) -> None:
    """Write the list, then the manifest that names it, the manifest's MD5, and the link for Hive."""
    encryption = _encryption(store, report)

    def write(key: str, body: bytes, content_type: str = "application/octet-stream") -> str:
        key = f"{report.folder}/{key}"
        deliver(store, report.target, Delivery(key, body, content_type, report.at, encryption=encryption))
        return key

    data = gzip.compress(_csv(report), mtime=int(report.at.timestamp()))
    data_key = write(f"data/{store.ids.inventory(report.source.name)}.csv.gz", data)
    manifest = json.dumps(_manifest(report, data_key, data), indent=2).encode()
    time = f"{report.at:%Y-%m-%dT%H-%MZ}"
    write(f"{time}/manifest.json", manifest, "application/json")
    write(f"{time}/manifest.checksum", hashlib.md5(manifest, usedforsecurity=False).hexdigest().encode())
    write(f"hive/dt={report.at:%Y-%m-%d-%H-%M}/symlink.txt", f"s3://{report.target.name}/{data_key}\n".encode())


def _encryption(store: Store, report: Report) -> Encryption | None:
    encryption = inventory_destination(report.document).get("Encryption")
    if encryption is None:
        return None
    if "SSEKMS" not in encryption:
        return SSE_S3
    return Encryption("aws:kms", key_arn(encryption["SSEKMS"]["KeyId"], report.target.region, store.account_id))


def _csv(report: Report) -> bytes:
    """The rows, without a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for version in report.versions():
        writer.writerow([value_of(name, report.source, version) for name in report.fields])
    return text.getvalue().encode()


def _manifest(report: Report, data_key: str, data: bytes) -> dict[str, Any]:
    return {
        "sourceBucket": report.source.name,
        "destinationBucket": f"arn:aws:s3:::{report.target.name}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(report.at.timestamp() * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(report.fields),
        "files": [
            {
                "key": data_key,
                "size": len(data),
                "MD5checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            }
        ],
    }
