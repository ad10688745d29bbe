"""Who is told of every fake that starts: pytest, while a test runs.

What may live here: one list, and no import: the plugin has it before anybody uses a fake.
"""

from __future__ import annotations

from typing import Any


class Witness:
    """Where each fake that starts is noted, if somebody wants to know."""

    started: list[Any] | None = None


WITNESS = Witness()
