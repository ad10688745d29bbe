"""Transfers by the CRT: boto3 may hand uploads and downloads to a library in C that speaks to the network by itself.

What may live here: turning those onto the classic path, which the botocore door sees. The one undocumented seam is
``boto3.s3.transfer._should_use_crt``; tests/interceptors/test_patch_points.py fails when boto3 moves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.patches import ModuleInterceptor

_MODULE = "boto3.s3.transfer"


class CrtInterceptor(ModuleInterceptor):
    """While it is open, boto3 chooses the classic transfer manager."""

    def place(self) -> None:
        self.patches.replace(sys.modules[self.module], "_should_use_crt", _never)


def _never(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def _should_use_crt(config: Any) -> bool:
        original(config)  # which tells of a CRT that was asked for and is not installed
        return False

    return _should_use_crt


INTERCEPTOR = CrtInterceptor(_MODULE)
