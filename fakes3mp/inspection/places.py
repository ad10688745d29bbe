"""Lines of a user's code, at which warnings point."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import NamedTuple

_OURS = str(Path(__file__).parents[1])
_PLUGIN = str(Path(__file__).parents[2] / "conftest_plugin")  # of a checkout
_RUNNERS = ("_pytest", "pluggy", "pytest_asyncio", "unittest", "contextlib")  # that call a test, or stand between


class Place(NamedTuple):
    """A line of a file."""

    filename: str
    line: int


def current_place() -> Place:
    """The innermost line that is running and is neither the fake's nor a test runner's."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_passed_over(frame.f_code.co_filename, frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def _is_passed_over(filename: str, module: str) -> bool:
    return filename.startswith((_OURS, _PLUGIN)) or module.partition(".")[0] in _RUNNERS


def warn_at(place: Place, message: str, category: type[Warning]) -> None:
    """Give a warning that points at a line."""
    warnings.warn_explicit(message, category, *place)
