"""The records of an object: of CSV, JSON and Parquet, perhaps compressed, perhaps only those that begin in a range."""

from __future__ import annotations

import bz2
import csv
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fakes3mp.errors import S3Error
from fakes3mp.select.values import CsvRow

ScanRange = tuple[int, int]  # the first and the last byte in which a record may begin
_WHITE_SPACE = " \t\r\n"


def decompress(data: bytes, format_: str) -> bytes:
    """The bytes of a compressed object; InvalidCompressionFormat or TruncatedInput (S3's manual, O354)."""
    if format_ == "NONE":
        return data
    if format_ not in ("GZIP", "BZIP2"):
        raise S3Error("InvalidCompressionFormat")
    try:
        return _gunzip(data) if format_ == "GZIP" else _bunzip(data)
    except (zlib.error, OSError):
        message = f"{format_} is not applicable to the queried object. Please correct the request and try again."
        raise S3Error("InvalidCompressionFormat", message) from None


def _gunzip(data: bytes) -> bytes:
    decompressed = b""
    while data:
        decompressor = zlib.decompressobj(wbits=31)
        decompressed += decompressor.decompress(data)
        if not decompressor.eof:
            raise S3Error("TruncatedInput")
        data = decompressor.unused_data
    return decompressed


def _bunzip(data: bytes) -> bytes:
    decompressed = b""
    while data:
        decompressor = bz2.BZ2Decompressor()
        decompressed += decompressor.decompress(data)
        if not decompressor.eof:
            raise S3Error("TruncatedInput")
        data = decompressor.unused_data
    return decompressed


def read_records(data: bytes, serialization: Mapping[str, Any], scan_range: ScanRange | None) -> Iterator[Any]:
    """The records of an object's bytes, which are not compressed any more."""
    if "Parquet" in serialization:
        return _read_parquet(data)
    if "CSV" in serialization:
        return _read_csv(data, serialization["CSV"], scan_range)
    if scan_range is not None:
        data = b"\n".join(line for _, line in _lines(data, b"\n", scan_range))
    return _read_json(_decode(data))


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise S3Error("InvalidTextEncoding") from None


def _lines(data: bytes, delimiter: bytes, scan_range: ScanRange | None) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in a range, with their offsets."""
    first, last = scan_range or (0, len(data))
    offset = 0
    for line in data.split(delimiter):
        if first <= offset <= last:
            yield offset, line
        offset += len(line) + len(delimiter)


def _read_csv(data: bytes, options: Mapping[str, Any], scan_range: ScanRange | None) -> Iterator[CsvRow]:
    """Rows by the names of the header line (USE), or by position (NONE, IGNORE)."""
    header_info = options.get("FileHeaderInfo") or "NONE"
    rows = _csv_rows(data, options, scan_range)
    names: list[str] = []
    if header_info != "NONE":
        header = next(_csv_rows(data, options, None), [])
        names = header if header_info == "USE" else []
        if scan_range is None or scan_range[0] == 0:
            next(rows, None)
    for row in rows:
        padded = [*names, *(f"_{number}" for number in range(len(names) + 1, len(row) + 1))]
        yield CsvRow(zip(padded, row, strict=False))


def _csv_rows(data: bytes, options: Mapping[str, Any], scan_range: ScanRange | None) -> Iterator[list[str]]:
    delimiter = str(options.get("RecordDelimiter") or "\n")
    comment = str(options.get("Comments", "#") or "")
    parse = _row_parser(options)
    if options.get("AllowQuotedRecordDelimiter"):
        lines: Iterator[str] = _quoted_lines(_decode(data), delimiter, str(options.get("QuoteCharacter") or '"'))
    else:
        lines = (_decode(line) for _, line in _lines(data, delimiter.encode(), scan_range))
    for line in lines:
        if line.strip("\r") and not (comment and line.startswith(comment)):
            yield parse(line)


def _row_parser(options: Mapping[str, Any]) -> Callable[[str], list[str]]:
    quote = options.get("QuoteCharacter", '"')
    escape = str(options.get("QuoteEscapeCharacter") or quote or '"')
    settings: dict[str, Any] = {"delimiter": str(options.get("FieldDelimiter") or ",")}
    if quote:
        settings.update(quotechar=quote, doublequote=escape == quote, escapechar=None if escape == quote else escape)
    else:
        settings.update(quoting=csv.QUOTE_NONE)

    def parse(line: str) -> list[str]:
        try:
            return [field for row in csv.reader(line.splitlines(keepends=True), **settings) for field in row]
        except (csv.Error, TypeError, ValueError):
            raise S3Error("CSVParsingError") from None

    return parse


def _quoted_lines(text: str, delimiter: str, quote: str) -> Iterator[str]:
    """Lines at delimiters outside of quotes."""
    line = ""
    for piece in text.split(delimiter):
        line = line + delimiter + piece if line else piece
        if line.count(quote) % 2 == 0:
            yield line
            line = ""
    if line:
        yield line


def _read_json(text: str) -> Iterator[Any]:
    """One document after another, whether each has a line or not."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        if text[position] in _WHITE_SPACE:
            position += 1
            continue
        try:
            document, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            raise S3Error("JSONParsingError") from None
        yield document


def _read_parquet(data: bytes) -> Iterator[Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        message = "S3 Select on Parquet needs pyarrow: pip install pyarrow"
        raise S3Error("NotImplemented", message) from None
    try:
        rows: Iterator[Any] = iter(parquet.read_table(pyarrow.BufferReader(data)).to_pylist())
    except pyarrow.ArrowException:
        raise S3Error("ParquetParsingError") from None
    return rows
