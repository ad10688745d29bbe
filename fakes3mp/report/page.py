"""One HTML page for a test run: for each test a timeline of each multipart upload, and the call log.

The page loads nothing, and its script only filters the tests. It can be used with the keyboard: tests open and close, every
bar of a timeline can be focused and describes itself. It follows the reader's light or dark colour scheme.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fakes3mp.inspection.formatting import count, format_size
from fakes3mp.report.summary import Summary

_SUCCESSFUL = ("ok", "stored")
_FILTERS = {
    "": "all tests",
    "failed": "failed tests",
    "injected": "with injected faults",
    "refused": "with errors of S3",
    "open": "with uploads left open",
}


class _Html(str):
    """Text that is HTML already."""


def page(tests: Sequence[Summary]) -> str:
    """The page for these tests, failed ones first.

    Each has its name as ``test``, its ``outcome``, the ``message`` of its failure, and the summaries of its ``fakes``.
    """
    tests = sorted(tests, key=lambda test: test["outcome"] != "failed")
    title = f"fakes3mp: S3 calls of {count(len(tests), 'test')}"
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
            f"<title>{title}</title><style>{read_style()}</style></head><body>",
            f"<header><h1>S3 calls by test</h1>{_totals(tests)}{draw_legend()}{_filter()}</header><main>",
            _open_uploads(tests),
            *map(_test, tests),
            f"</main><script>{_read('page.js')}</script></body></html>",
        )
    )


def write_page(path: Path, tests: Sequence[Summary]) -> None:
    """Write the page for these tests; names that are no Unicode, with lone surrogates, are escaped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(tests), encoding="utf-8", errors="backslashreplace")


def write_json(path: Path, tests: Sequence[Summary]) -> None:
    """Write what the page shows as JSON: ``{"tests": [...]}``, times in seconds and sizes in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"tests": list(tests)}, indent=1) + "\n", encoding="utf-8")


def read_style() -> str:
    """The style sheet of everything that is drawn here."""
    return _read("page.css")


def _read(name: str) -> str:
    return files("fakes3mp.report").joinpath(name).read_text(encoding="utf-8")


def _filter() -> str:
    """A text field and a choice, by which the script shows some of the tests."""
    options = "".join(f'<option value="{kind}">{meaning}</option>' for kind, meaning in _FILTERS.items())
    return (
        '<form class="filter"><label>Test, key or operation <input type="search" name="text"></label>'
        f'<label>Show <select name="kind">{options}</select></label><output></output></form>'
    )


def _totals(tests: Sequence[Summary]) -> str:
    fakes = [fake for test in tests for fake in test["fakes"]]
    failed = sum(test["outcome"] == "failed" for test in tests)
    calls = sum(len(fake["calls"]) for fake in fakes)
    uploads = sum(len(fake["uploads"]) for fake in fakes)
    totals = f"{failed} failed; {count(calls, 'call')}, {count(uploads, 'multipart upload')}"
    return f"<p>{count(len(tests), 'test')} with S3 calls, {totals}</p>"


def draw_legend() -> str:
    """What the colours of the bars mean."""
    kinds = ("stored", "ok"), ("replaced", "replaced by a later attempt"), ("failed", "error or broken connection")
    bars = "".join(f'<li><span class="bar {kind}"></span> {meaning}</li>' for kind, meaning in kinds)
    return f'<ul class="legend" aria-label="Legend">{bars}<li><span class="bar ok retry"></span> a retry</li>' + (
        '<li><span class="bar ok injected"></span> an injected fault</li></ul>'
    )


def _open_uploads(tests: Iterable[Summary]) -> str:
    rows = [
        (test["test"], upload["path"], len(upload["parts"]), format_size(upload["size"]), _short_id(upload["id"]))
        for test in tests
        for fake in test["fakes"]
        for upload in fake["uploads"]
        if upload["state"] == "open"
    ]
    if not rows:
        return ""
    table = _table(("test", "upload", "parts", "stored", "UploadId"), rows)
    return f'<section class="open"><h2>Uploads left open</h2>{table}</section>'


def _test(test: Summary) -> str:
    calls = sum(len(fake["calls"]) for fake in test["fakes"])
    outcome = escape(test["outcome"])
    is_open = " open" if outcome == "failed" else ""
    name = escape(test["test"])
    message = f'<pre class="message">{escape(test["message"])}</pre>' if test.get("message") else ""
    title = f'<span class="outcome">{outcome}</span> {name} <small>{count(calls, "call")}</small>'
    grid = draw_exploration(test["exploration"]) if test.get("exploration") else ""
    fakes = "".join(map(draw_fake, test["fakes"]))
    kinds = " ".join(_kinds(test))
    head = f'<details class="test {outcome}" data-kinds="{kinds}"{is_open}><summary>{title}</summary>'
    return f"{head}{message}{grid}{fakes}</details>"


def _kinds(test: Summary) -> Iterator[str]:
    """The filters by which a test is shown."""
    calls = [call for fake in test["fakes"] for call in fake["calls"]]
    if test["outcome"] == "failed":
        yield "failed"
    if any(call["fault"] for call in calls):
        yield "injected"
    if any(call["error"] and not call["fault"] for call in calls):
        yield "refused"
    if any(upload["state"] == "open" for fake in test["fakes"] for upload in fake["uploads"]):
        yield "open"


def _short_id(identifier: str) -> _Html:
    """The beginning of a long id; the whole where the pointer rests on it."""
    return _Html(f'<abbr title="{escape(identifier)}">{escape(identifier[:8])}...</abbr>')


def draw_exploration(exploration: Summary) -> str:
    """The calls of the code by the kinds of faults, with what came of each; empty where a kind does not apply."""
    verdicts = exploration["verdicts"]
    kinds = list(dict.fromkeys(kind for of_call in verdicts.values() for kind in of_call))
    head = "".join(f"<th>{escape(kind)}</th>" for kind in ("call", *kinds))
    body = "".join(
        f"<tr><td>{escape(call)}</td>{''.join(map(_verdict, (of_call.get(kind, '') for kind in kinds)))}</tr>"
        for call, of_call in verdicts.items()
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    title = f"<h3>Exploration</h3><p>{escape(exploration['summary'])}</p>"
    return f'{title}<div class="table exploration" tabindex="0">{table}</div>'


def _verdict(verdict: str) -> str:
    kind = {"ok": "ok", "": "none", "not explored": "none"}.get(verdict, "failed")
    return f'<td class="{kind}">{escape(verdict)}</td>'


def draw_fake(fake: Summary) -> str:
    """A timeline of each upload, and the table of calls."""
    columns = ("ms", "operation", "parameters", "attempt", "outcome", "took ms", "waited s", "thread")
    rows = [
        (
            f"{call['start'] * 1e3:.1f}",
            call["operation"],
            call["params"],
            call["attempt"],
            _outcome(call),
            f"{call['duration'] * 1e3:.2f}",
            f"{call['waited']:.2f}" if call["waited"] else "",
            call["thread"],
        )
        for call in fake["calls"]
    ]
    charts = "".join(map(_upload, fake["uploads"]))
    return f"{charts}<h3>Calls</h3>{_table(columns, rows)}"


def _outcome(call: Summary) -> _Html:
    fault = f"<mark>injected {escape(call['fault'])}</mark>" if call["fault"] else ""
    outcome, *others = (escape(call[name]) for name in ("outcome", "error", "decision", "hint"))
    return _Html(" ".join(filter(None, (outcome, fault, *others))))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    return value if isinstance(value, _Html) else escape(str(value))


def _upload(upload: Summary) -> str:
    """A chart: a lane for each part, one for the calls that begin and end the upload; time runs to the right."""
    title = f"{upload['path']} {upload['state']}"
    contents = f"{count(len(upload['parts']), 'part')}, {format_size(upload['size'])}"
    description = f"{escape(contents)}, {escape(upload['etag'])} UploadId {_short_id(upload['id'])}"
    calls = upload["calls"]
    start = min((call["start"] for call in calls), default=0.0)
    total = max((call["start"] + call["duration"] for call in calls), default=0.0) - start or 1e-9
    lanes = "".join(_lane(name, calls_of_lane, start, total) for name, calls_of_lane in _lanes(calls))
    return (
        f'<figure class="upload {escape(upload["state"])}"><figcaption><strong>{escape(title)}</strong> '
        f"<small>{description}; {total * 1e3:.1f} ms</small></figcaption>{lanes}</figure>"
    )


def _lanes(calls: Sequence[Summary]) -> Iterator[tuple[str, list[Summary]]]:
    yield "upload", [call for call in calls if call["part"] is None]
    for number in sorted({call["part"] for call in calls if call["part"] is not None}):
        yield f"part {number}", [call for call in calls if call["part"] == number]


def _lane(name: str, calls: Sequence[Summary], start: float, total: float) -> str:
    bars = "".join(_bar(name, call, start, total) for call in sorted(calls, key=lambda call: call["start"]))
    threads = ", ".join(dict.fromkeys(call["thread"] for call in calls))
    size = max((call["size"] for call in calls), default=0)
    note = escape(f"{format_size(size)}, {threads}" if size else threads)
    return (
        f'<div class="lane"><span class="name">{escape(name)}</span><div class="track">{bars}</div>'
        f'<span class="note">{note}</span></div>'
    )


def _bar(lane: str, call: Summary, start: float, total: float) -> str:
    outcome = call["outcome"]
    kind = "ok" if outcome in _SUCCESSFUL else "replaced" if outcome == "replaced" else "failed"
    retry = " retry" if call["attempt"] > 1 else ""
    injected = " injected" if call["fault"] else ""
    fault = f", injected {call['fault']}" if call["fault"] else ""
    label = escape(
        f"{lane}, {call['operation']}, attempt {call['attempt']}: {outcome}{fault}, {format_size(call['size'])}, "
        f"{call['duration'] * 1e3:.2f} ms, thread {call['thread']}"
    )
    left, width = 100 * (call["start"] - start) / total, 100 * call["duration"] / total
    return (
        f'<span class="bar {kind}{retry}{injected}" style="left:{left:.3f}%;width:{width:.3f}%" tabindex="0" role="img"'
        f' aria-label="{label}"><span class="tip">{label}</span></span>'
    )
