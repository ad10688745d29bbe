"""Transfers by the CRT: boto3 may hand uploads and downloads to a library in C that speaks to the network by itself.

What may live here: turning those onto the classic path, which the botocore door sees. The one undocumented seam is
``boto3.s3.transfer._should_use_crt``; tests/doors/test_seams.py fails when boto3 moves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fakes3mp.doors.imports import unwatch, watch

_MODULE = "boto3.s3.transfer"


class TransferDoor:
    """While it is open, boto3 chooses the classic transfer manager."""

    def __init__(self) -> None:
        self._original: Callable[[Any], bool] | None = None

    def open(self) -> None:
        """Now, or when boto3's transfers are imported."""
        watch(_MODULE, self._place)

    def _place(self) -> None:
        transfer: Any = sys.modules[_MODULE]
        original = self._original = transfer._should_use_crt

        def _should_use_crt(config: Any) -> bool:
            original(config)  # which tells of a CRT that was asked for and is not installed
            return False

        transfer._should_use_crt = _should_use_crt

    def close(self) -> None:
        """Leave the choice to boto3 again."""
        unwatch(_MODULE)
        if self._original is not None:
            transfer: Any = sys.modules[_MODULE]
            transfer._should_use_crt, self._original = self._original, None


DOOR = TransferDoor()
