"""Where in a test file something happened: what warnings point at, and the frames of a traceback that are the user's."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fakes3mp.inspection.places import Place

_CLIENTS = ("botocore.", "ibm_botocore.")  # whose errors are made in our code
_PLUGIN = str(Path(__file__).parent)


def place_of(test: pytest.Item) -> Place:
    """The first line of a test."""
    from fakes3mp.inspection.places import Place

    return Place(str(test.path), (test.location[1] or 0) + 1)


def hide_our_frames(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Let a traceback end in the user's code where our own code raised an error about it: an assertion, a misspelt name.

    ``--full-trace`` shows all frames.
    """
    import fakes3mp
    from fakes3mp import NotIntercepted, S3Error

    expected = (AssertionError, S3Error, NotIntercepted, TypeError, ValueError, KeyError)
    if not isinstance(excinfo.value, expected) and not type(excinfo.value).__module__.startswith(_CLIENTS):
        return
    ours = (str(Path(fakes3mp.__file__).parent), _PLUGIN)
    frames = list(traceback.walk_tb(excinfo.tb))
    is_ours = [frame.f_code.co_filename.startswith(ours) for frame, _ in frames]
    kept = len(frames)
    while is_ours[-1] and kept and (is_ours[kept - 1] or _module(frames[kept - 1][0]) == "contextlib"):
        kept -= 1
    if kept and _module(frames[kept - 1][0]).partition(".")[0] in ("_pytest", "pluggy"):
        kept += 1  # a decorator of ours around the test: there is no line of the user's
    if 0 < kept < len(frames):
        last: TracebackType = excinfo.tb
        for _ in range(kept - 1):
            assert last.tb_next is not None
            last = last.tb_next
        last.tb_next = None


def _module(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name
