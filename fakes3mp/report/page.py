"""One self-contained HTML page for a test run: per test a timeline of each multipart upload, and the call log.

What may live here: told fakes as markup. No script and no asset: a browser draws it, a keyboard walks through it (tests
open and close, every bar can be reached and names itself), and it follows the reader's light or dark scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from fakes3mp.report.summary import Summary

_GOOD = ("ok", "stored")


def page(tests: Sequence[Summary]) -> str:
    """The page for these tests, each with ``test``, ``outcome`` and ``fakes``."""
    style = files("fakes3mp.report").joinpath("page.css").read_text()
    open_ = [(test["test"], upload) for test in tests for upload in _uploads_of(test) if upload["state"] == "open"]
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
            f"<title>fakes3mp: S3 calls of {len(tests)} tests</title><style>{style}</style></head><body>",
            f"<header><h1>S3 calls by test</h1>{_summary(tests)}{_legend()}</header><main>",
            _open_uploads(open_),
            *map(_test, tests),
            "</main></body></html>",
        )
    )


def _uploads_of(test: Summary) -> Iterator[Summary]:
    for fake in test["fakes"]:
        yield from fake["uploads"]


def _summary(tests: Sequence[Summary]) -> str:
    calls = sum(len(fake["calls"]) for test in tests for fake in test["fakes"])
    failed = sum(test["outcome"] == "failed" for test in tests)
    uploads = sum(1 for test in tests for _ in _uploads_of(test))
    return f"<p>{len(tests)} tests with S3 calls, {failed} failed; {calls} calls, {uploads} multipart uploads</p>"


def _legend() -> str:
    names = ("stored", "ok"), ("replaced", "replaced by a later put"), ("failed", "refused or broken off")
    bars = "".join(f'<li><span class="bar {kind}"></span> {told}</li>' for kind, told in names)
    return f'<ul class="legend" aria-label="Legend">{bars}<li><span class="bar ok retry"></span> a retry</li></ul>'


def _open_uploads(uploads: Iterable[tuple[str, Summary]]) -> str:
    rows = [(test, upload["where"], len(upload["parts"]), upload["size"], upload["id"]) for test, upload in uploads]
    if not rows:
        return ""
    table = _table(("test", "upload", "parts", "bytes held", "UploadId"), rows)
    return f'<section class="open"><h2>Uploads left open</h2>{table}</section>'


def _test(test: Summary) -> str:
    calls = sum(len(fake["calls"]) for fake in test["fakes"])
    outcome = escape(test["outcome"])
    unfold = " open" if outcome == "failed" else ""
    title = f'<span class="outcome">{outcome}</span> {escape(test["test"])} <small>{calls} calls</small>'
    inside = "".join(map(_fake, test["fakes"]))
    return f'<details class="test {outcome}"{unfold}><summary>{title}</summary>{inside}</details>'


def _fake(fake: Summary) -> str:
    columns = ("ms", "operation", "parameters", "attempt", "outcome", "took ms", "waited s", "thread")
    rows = [
        (
            f"{call['at'] * 1e3:.1f}",
            call["operation"],
            call["params"],
            call["attempt"],
            _ending(call),
            f"{call['duration'] * 1e3:.2f}",
            f"{call['waited']:.2f}" if call["waited"] else "",
            call["thread"],
        )
        for call in fake["calls"]
    ]
    charts = "".join(map(_upload, fake["uploads"]))
    return f"{charts}<h3>Calls</h3>{_table(columns, rows)}"


def _ending(call: Summary) -> str:
    struck = f"[{call['fault']}]" if call["fault"] not in ("", call["outcome"]) else ""
    return " ".join(filter(None, (call["outcome"], struck, call["error"])))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _upload(upload: Summary) -> str:
    """A chart: a lane for each part, one for the calls that begin and end the upload; time runs to the right."""
    title = f"{upload['where']} {upload['state']}"
    held = f"{len(upload['parts'])} parts, {upload['size']} bytes, {upload['etag']} UploadId {upload['id']}"
    calls = upload["calls"]
    start = min((call["at"] for call in calls), default=0.0)
    whole = max((call["at"] + call["duration"] for call in calls), default=0.0) - start or 1e-9
    lanes = "".join(_lane(name, own, start, whole) for name, own in _lanes(calls))
    return (
        f'<figure class="upload {escape(upload["state"])}"><figcaption><strong>{escape(title)}</strong> '
        f"<small>{escape(held)}; {whole * 1e3:.1f} ms</small></figcaption>{lanes}</figure>"
    )


def _lanes(calls: Sequence[Summary]) -> Iterator[tuple[str, list[Summary]]]:
    yield "upload", [call for call in calls if call["part"] is None]
    for number in sorted({call["part"] for call in calls if call["part"] is not None}):
        yield f"part {number}", [call for call in calls if call["part"] == number]


def _lane(name: str, calls: Sequence[Summary], start: float, whole: float) -> str:
    bars = "".join(_bar(name, call, start, whole) for call in sorted(calls, key=lambda call: call["at"]))
    threads = ", ".join(dict.fromkeys(call["thread"] for call in calls))
    size = max((call["size"] for call in calls), default=0)
    note = escape(f"{size} bytes, {threads}" if size else threads)
    return (
        f'<div class="lane"><span class="name">{escape(name)}</span><div class="track">{bars}</div>'
        f'<span class="note">{note}</span></div>'
    )


def _bar(lane: str, call: Summary, start: float, whole: float) -> str:
    outcome = call["outcome"]
    kind = "ok" if outcome in _GOOD else "replaced" if outcome == "replaced" else "failed"
    retry = " retry" if call["attempt"] > 1 else ""
    told = (
        f"{lane}, {call['operation']}, attempt {call['attempt']}: {outcome}"
        f"{', ' + call['fault'] if call['fault'] not in ('', outcome) else ''}, {call['size']} bytes, "
        f"{call['duration'] * 1e3:.2f} ms, thread {call['thread']}"
    )
    left, width = 100 * (call["at"] - start) / whole, 100 * call["duration"] / whole
    place = f"left:{left:.3f}%;width:{width:.3f}%"
    said = escape(told, quote=True)
    return (
        f'<span class="bar {kind}{retry}" style="{place}" tabindex="0" role="img" aria-label="{said}">'
        f'<span class="tip">{said}</span></span>'
    )
