"""Progress of long work on a terminal: one line that is written over, and nothing in a pipe or a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")
_DELAY, _INTERVAL = 0.5, 0.1  # seconds: before the first line, and between two


def show_progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The items. Where standard error is a terminal and the work takes its time, a line counts those that are done.

    >>> list(show_progress("abc", "loading objects"))
    ['a', 'b', 'c']
    """
    if sys.stderr is None or not sys.stderr.isatty():  # pythonw has none
        yield from items
        return
    if total is None and isinstance(items, Sized):
        total = len(items)
    of_total = f" of {total:,}" if total is not None else ""
    next_line, is_shown = time.monotonic() + _DELAY, False
    try:
        for number, item in enumerate(items, 1):
            if time.monotonic() >= next_line:
                sys.stderr.write(f"\r{what}: {number:,}{of_total}\x1b[K")
                sys.stderr.flush()
                next_line, is_shown = time.monotonic() + _INTERVAL, True
            yield item
    finally:
        if is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
