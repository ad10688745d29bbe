"""Dummy credentials and a region in the environment, only where none are set, and taken out again afterwards.

No profile is read to decide this: only environment variables count.
"""

from __future__ import annotations

import os

from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY


class DummyEnvironment:
    """The environment variables that we set ourselves."""

    def __init__(self) -> None:
        self._variables: dict[str, str] = {}

    def set(self, region: str) -> None:
        """Set what is missing for botocore to sign a request."""
        if not os.environ.get("AWS_ACCESS_KEY_ID"):
            self._add("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            self._add("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        if not os.environ.get("AWS_DEFAULT_REGION"):
            self._add("AWS_DEFAULT_REGION", os.environ.get("AWS_REGION") or region)

    def _add(self, name: str, value: str) -> None:
        if name not in os.environ:
            os.environ[name] = self._variables[name] = value

    def restore(self) -> None:
        """Remove the variables that still have our value."""
        for name, value in self._variables.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        self._variables.clear()


DUMMY_ENVIRONMENT = DummyEnvironment()
