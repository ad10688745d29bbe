"""The console page at ``/_fakes3mp/``: what is in the fake and what happens to it, live.

The page loads nothing from elsewhere. What a key, a header or metadata contains is never markup: the server escapes what it
draws, and the page sets everything else as text.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fakes3mp.report.page import draw_fake, draw_legend, read_style
from fakes3mp.report.summary import summarise

_MAX_CALLS, _MAX_UPLOADS = 500, 200  # that are drawn: the newest
_POLL, _LONGEST_WAIT = 0.05, 1.0  # seconds


def console_page() -> str:
    """The page."""
    html = files("fakes3mp.server").joinpath("console.html").read_text(encoding="utf-8")
    return html.replace("%STYLE%", read_style()).replace("%LEGEND%", draw_legend())


def draw_console(fake: Any, operation: str = "", key: str = "") -> str:
    """The uploads and the call log as markup: those whose operation and key contain these texts."""
    summary = summarise(fake)
    calls = [call for call in summary["calls"] if operation in call["operation"] and key in call["params"]]
    uploads = [upload for upload in summary["uploads"] if key in upload["path"]]
    note = f"<p>{len(calls)} calls, {len(uploads)} uploads"
    if len(calls) > _MAX_CALLS or len(uploads) > _MAX_UPLOADS:
        note += f"; the newest {_MAX_CALLS} calls and {_MAX_UPLOADS} uploads are shown"
    return f"{note}</p>" + draw_fake({"calls": calls[-_MAX_CALLS:], "uploads": uploads[-_MAX_UPLOADS:]})


def event_stream(fake: Any, environ: Mapping[str, Any]) -> str:
    """One server-sent event, when the fake has changed since the last one that the page knows, or after a second.

    The page asks again at once, as the protocol has it (HTML standard, "Server-sent events").
    """
    seen = str(environ.get("HTTP_LAST_EVENT_ID", ""))
    deadline = time.monotonic() + _LONGEST_WAIT
    while (version := _version(fake)) == seen and time.monotonic() < deadline:
        time.sleep(_POLL)
    event = "" if version == seen else f"id: {version}\ndata: changed\n\n"
    return f"retry: 100\n\n{event}"


def _version(fake: Any) -> str:
    """A text that is another one after every call, and after changes of rules and of the clock."""
    rules = [(rule.number, rule.fired) for rule in fake.faults.rules]
    return f"{len(fake.calls)}-{hash((tuple(rules), fake.clock.position[:3])):x}"
