"""The fakes that a test started: pytest notes them while the test runs.

The plugin imports this module before anybody uses a fake, so it imports nothing.
"""

from __future__ import annotations

from typing import Any


class StartedFakes:
    """The fakes started since somebody asked for them to be noted; None while nobody has."""

    fakes: list[Any] | None = None


STARTED = StartedFakes()
