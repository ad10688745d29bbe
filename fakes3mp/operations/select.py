"""SelectObjectContent: SQL on the records of one object (S3's manual, O354)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.properties import CustomerKey
from fakes3mp.operations.reading import check_customer_key, check_readable, get_version
from fakes3mp.operations.registry import Answer, operation
from fakes3mp.select.output import record_writer
from fakes3mp.select.query import Query
from fakes3mp.select.records import ScanRange, decompress, read_records

_MAX_PAYLOAD = 1 << 20  # bytes of records in one message
_INPUTS, _OUTPUTS = ("CSV", "JSON", "Parquet"), ("CSV", "JSON")
_ONE_CHARACTER = ("FieldDelimiter", "QuoteCharacter", "QuoteEscapeCharacter", "Comments")
# member of CSV or JSON -> its values, and the error for another
_CHOICES = {
    "FileHeaderInfo": (("USE", "IGNORE", "NONE"), "InvalidFileHeaderInfo"),
    "QuoteFields": (("ALWAYS", "ASNEEDED"), "InvalidQuoteFields"),
    "Type": (("DOCUMENT", "LINES"), "InvalidJsonType"),
}


@operation("SelectObjectContent")
def select_object_content(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    expression: str,
    expression_type: str,
    input_serialization: Mapping[str, Any],
    output_serialization: Mapping[str, Any],
    customer_key: CustomerKey,
    request_progress: Mapping[str, Any] | None = None,
    scan_range: Mapping[str, int] | None = None,
) -> Answer:
    """The records that a query selects, as a stream of events."""
    if expression_type != "SQL":
        raise S3Error("InvalidExpressionType")
    _check_serialization(input_serialization, _INPUTS)
    _check_serialization(output_serialization, _OUTPUTS)
    version = get_version(bucket, key, method="POST")
    check_customer_key(customer_key.read_md5(), version)
    check_readable(version, store.now())
    range_ = None if scan_range is None else _read_range(scan_range, input_serialization, version.size)
    query = Query(expression, store.now())
    data = decompress(version.content.read(), _compression(input_serialization))
    write = record_writer(output_serialization)

    records = read_records(data, input_serialization, range_)
    selected = "".join(map(write, query.run(records))).encode("utf-8", "surrogatepass")

    scanned = version.size if range_ is None else range_[1] - range_[0] + 1
    processed = len(data) if range_ is None else scanned
    details = {"BytesScanned": scanned, "BytesProcessed": processed, "BytesReturned": len(selected)}
    has_progress = bool((request_progress or {}).get("Enabled"))
    return {"Payload": list(_events(selected, details, has_progress=has_progress))}


def _events(selected: bytes, details: Mapping[str, int], *, has_progress: bool) -> Iterator[dict[str, Any]]:
    """Records, with Cont between them, which keeps the connection alive; Progress where it is wanted; Stats; End."""
    for first in range(0, len(selected), _MAX_PAYLOAD):
        if first:
            yield {"Cont": {}}
        yield {"Records": {"Payload": selected[first : first + _MAX_PAYLOAD]}}
    if has_progress:
        yield {"Progress": {"Details": dict(details)}}
    yield {"Stats": {"Details": dict(details)}}
    yield {"End": {}}


def _check_serialization(serialization: Mapping[str, Any], kinds: tuple[str, ...]) -> None:
    """One kind of records, with options that S3 Select knows."""
    present = [kind for kind in kinds if kind in serialization]
    if not present:
        raise S3Error("MissingRequiredParameter")
    if len(present) > 1:
        raise S3Error("ObjectSerializationConflict")
    options = serialization[present[0]]
    for member, (values, code) in _CHOICES.items():
        if options.get(member) not in (None, "", *values):
            raise S3Error(code)
    if any(len(options.get(member) or "") > 1 for member in _ONE_CHARACTER):
        raise S3Error("InvalidRequestParameter")
    if present == ["Parquet"] and _compression(serialization) != "NONE":
        raise S3Error("InvalidCompressionFormat")


def _compression(serialization: Mapping[str, Any]) -> str:
    return str(serialization.get("CompressionType") or "NONE")


def _read_range(document: Mapping[str, int], serialization: Mapping[str, Any], size: int) -> ScanRange:
    """The bytes in which records may begin; End alone counts from the end of the object (S3's manual)."""
    start, end = document.get("Start"), document.get("End")
    is_document = serialization.get("JSON", {}).get("Type") == "DOCUMENT"
    quotes = serialization.get("CSV", {}).get("AllowQuotedRecordDelimiter")
    if _compression(serialization) != "NONE" or "Parquet" in serialization or is_document or quotes:
        raise S3Error("UnsupportedScanRangeInput")
    if (start is None and end is None) or min(start or 0, end or 0) < 0:
        raise S3Error("InvalidScanRange")
    if start is None:
        return max(size - int(end or 0), 0), size - 1
    if start >= size or (end is not None and end < start):
        raise S3Error("InvalidScanRange")
    return start, size - 1 if end is None else min(end, size - 1)
