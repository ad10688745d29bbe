"""Transfers by the CRT: boto3 may hand uploads and downloads to a library in C that speaks to the network by itself.

What may live here: turning those onto the classic path, which the botocore door sees. The one undocumented seam is
``boto3.s3.transfer._should_use_crt``; tests/doors/test_seams.py fails when boto3 moves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fakes3mp.doors.imports import unwatch, watch
from fakes3mp.doors.patching import Patches

_MODULE = "boto3.s3.transfer"


class TransferDoor:
    """While it is open, boto3 chooses the classic transfer manager."""

    def __init__(self) -> None:
        self._patches = Patches()

    def open(self) -> None:
        """Now, or when boto3's transfers are imported."""
        watch(_MODULE, self._place)

    def _place(self) -> None:
        self._patches.replace(sys.modules[_MODULE], "_should_use_crt", _never)

    def close(self) -> None:
        """Leave the choice to boto3 again."""
        unwatch(_MODULE)
        self._patches.undo()


def _never(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def _should_use_crt(config: Any) -> bool:
        original(config)  # which tells of a CRT that was asked for and is not installed
        return False

    return _should_use_crt


DOOR = TransferDoor()
