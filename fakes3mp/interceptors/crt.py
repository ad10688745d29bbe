"""Transfers by the CRT, a C library that boto3 may choose for uploads and downloads and that does its own networking.

While a fake is active, boto3 uses the classic transfer manager, whose calls the botocore interceptor sees. The one
undocumented patch point is ``boto3.s3.transfer._should_use_crt``; tests/interceptors/test_patch_points.py fails when boto3
moves it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.patches import ModuleInterceptor, Patches


class CrtInterceptor(ModuleInterceptor):
    """While it is installed, boto3 chooses the classic transfer manager."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module, "_should_use_crt", _never)


def _never(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def _should_use_crt(config: Any) -> bool:
        original(config)  # raises where the user asked for a CRT that is not installed
        return False

    return _should_use_crt


INTERCEPTOR = CrtInterceptor("boto3.s3.transfer")
