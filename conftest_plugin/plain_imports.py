"""Import the fake as every other library, without pytest's rewriting of assertions.

pytest rewrites the assertions of all modules that are installed with a plugin: here the whole fake, compiled anew in each
session where no bytecode is written. Its assertions bring their own messages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class PlainImports:
    """Finds the modules of the fake before pytest does."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec, if it is one of the fake's."""
        return PathFinder.find_spec(name, path, target) if name.startswith("fakes3mp.") else None


def import_without_rewriting() -> None:
    """Stand before pytest's finder, for the rest of the process."""
    if PlainImports not in sys.meta_path:
        sys.meta_path.insert(0, PlainImports)
