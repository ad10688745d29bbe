"""Dummy credentials and region, only where none are set, and put back afterwards.

What may live here: the process's environment variables. No profile is read to decide: what is in the environment counts.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY


class Dummies:
    """The variables that we set ourselves, so that exactly those are taken away again."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}

    def set(self, region: str) -> None:
        """Fill in what is missing for botocore to sign a request."""
        if not os.environ.get("AWS_ACCESS_KEY_ID"):
            self._put("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            self._put("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        if not os.environ.get("AWS_DEFAULT_REGION"):
            self._put("AWS_DEFAULT_REGION", os.environ.get("AWS_REGION") or region)

    def _put(self, name: str, value: str) -> None:
        if name not in os.environ:
            os.environ[name] = self._set[name] = value

    def restore(self) -> None:
        """Take away what is still as we set it, from boto3's default session too."""
        for name, value in self._set.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        self._set.clear()
        _forget_dummy_credentials()


def _forget_dummy_credentials() -> None:
    """boto3's default session keeps credentials it once found; it must not keep ours."""
    session = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
    core: Any = getattr(session, "_session", None)
    if getattr(getattr(core, "_credentials", None), "access_key", None) == ACCESS_KEY:
        core._credentials = None


DUMMIES = Dummies()
