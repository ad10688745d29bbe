"""One HTML page for a test run: for each test a timeline of each multipart upload, and the call log.

The page has no script and loads nothing. It can be used with the keyboard: tests open and close, every bar of a timeline
can be focused and describes itself. It follows the reader's light or dark colour scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fakes3mp.inspection.formatting import count
from fakes3mp.report.summary import Summary

_SUCCESSFUL = ("ok", "stored")


def page(tests: Sequence[Summary]) -> str:
    """The page for these tests; each has its name as ``test``, its ``outcome`` and the summaries of its ``fakes``."""
    title = f"fakes3mp: S3 calls of {count(len(tests), 'test')}"
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
            f"<title>{title}</title><style>{read_style()}</style></head><body>",
            f"<header><h1>S3 calls by test</h1>{_totals(tests)}{draw_legend()}</header><main>",
            _open_uploads(tests),
            *map(_test, tests),
            "</main></body></html>",
        )
    )


def write_page(path: Path, tests: Sequence[Summary]) -> None:
    """Write the page for these tests; names that are no Unicode, with lone surrogates, are escaped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(tests), encoding="utf-8", errors="backslashreplace")


def read_style() -> str:
    """The style sheet of everything that is drawn here."""
    return files("fakes3mp.report").joinpath("page.css").read_text(encoding="utf-8")


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
    return f'<ul class="legend" aria-label="Legend">{bars}<li><span class="bar ok retry"></span> a retry</li></ul>'


def _open_uploads(tests: Iterable[Summary]) -> str:
    rows = [
        (test["test"], upload["path"], len(upload["parts"]), upload["size"], upload["id"])
        for test in tests
        for fake in test["fakes"]
        for upload in fake["uploads"]
        if upload["state"] == "open"
    ]
    if not rows:
        return ""
    table = _table(("test", "upload", "parts", "bytes stored", "UploadId"), rows)
    return f'<section class="open"><h2>Uploads left open</h2>{table}</section>'


def _test(test: Summary) -> str:
    calls = sum(len(fake["calls"]) for fake in test["fakes"])
    outcome = escape(test["outcome"])
    is_open = " open" if outcome == "failed" else ""
    name = escape(test["test"])
    title = f'<span class="outcome">{outcome}</span> {name} <small>{count(calls, "call")}</small>'
    grid = draw_exploration(test["exploration"]) if test.get("exploration") else ""
    fakes = "".join(map(draw_fake, test["fakes"]))
    return f'<details class="test {outcome}"{is_open}><summary>{title}</summary>{grid}{fakes}</details>'


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


def _outcome(call: Summary) -> str:
    fault = f"[{call['fault']}]" if call["fault"] not in ("", call["outcome"]) else ""
    return " ".join(filter(None, (call["outcome"], fault, call["error"], call["decision"])))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _upload(upload: Summary) -> str:
    """A chart: a lane for each part, one for the calls that begin and end the upload; time runs to the right."""
    title = f"{upload['path']} {upload['state']}"
    contents = f"{count(len(upload['parts']), 'part')}, {count(upload['size'], 'byte')}"
    description = f"{contents}, {upload['etag']} UploadId {upload['id']}"
    calls = upload["calls"]
    start = min((call["start"] for call in calls), default=0.0)
    total = max((call["start"] + call["duration"] for call in calls), default=0.0) - start or 1e-9
    lanes = "".join(_lane(name, calls_of_lane, start, total) for name, calls_of_lane in _lanes(calls))
    return (
        f'<figure class="upload {escape(upload["state"])}"><figcaption><strong>{escape(title)}</strong> '
        f"<small>{escape(description)}; {total * 1e3:.1f} ms</small></figcaption>{lanes}</figure>"
    )


def _lanes(calls: Sequence[Summary]) -> Iterator[tuple[str, list[Summary]]]:
    yield "upload", [call for call in calls if call["part"] is None]
    for number in sorted({call["part"] for call in calls if call["part"] is not None}):
        yield f"part {number}", [call for call in calls if call["part"] == number]


def _lane(name: str, calls: Sequence[Summary], start: float, total: float) -> str:
    bars = "".join(_bar(name, call, start, total) for call in sorted(calls, key=lambda call: call["start"]))
    threads = ", ".join(dict.fromkeys(call["thread"] for call in calls))
    size = max((call["size"] for call in calls), default=0)
    note = escape(f"{count(size, 'byte')}, {threads}" if size else threads)
    return (
        f'<div class="lane"><span class="name">{escape(name)}</span><div class="track">{bars}</div>'
        f'<span class="note">{note}</span></div>'
    )


def _bar(lane: str, call: Summary, start: float, total: float) -> str:
    outcome = call["outcome"]
    kind = "ok" if outcome in _SUCCESSFUL else "replaced" if outcome == "replaced" else "failed"
    retry = " retry" if call["attempt"] > 1 else ""
    fault = f", {call['fault']}" if call["fault"] not in ("", outcome) else ""
    label = escape(
        f"{lane}, {call['operation']}, attempt {call['attempt']}: {outcome}{fault}, {count(call['size'], 'byte')}, "
        f"{call['duration'] * 1e3:.2f} ms, thread {call['thread']}"
    )
    left, width = 100 * (call["start"] - start) / total, 100 * call["duration"] / total
    return (
        f'<span class="bar {kind}{retry}" style="left:{left:.3f}%;width:{width:.3f}%" tabindex="0" role="img"'
        f' aria-label="{label}"><span class="tip">{label}</span></span>'
    )
