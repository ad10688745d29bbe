"""The fakes that were started during a test: the pytest plugin reads them.

The plugin imports this module before anybody uses a fake, so it imports nothing of the project.
"""

from __future__ import annotations

from typing import Any


class StartedFakes:
    """The fakes that were started since the plugin set ``fakes`` to a list; None while they are not collected."""

    fakes: list[Any] | None = None


STARTED = StartedFakes()
