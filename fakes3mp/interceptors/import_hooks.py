"""ImportHook for a module: what is to be done to it is done when the user imports it, or now if that has happened.

What may live here: one finder on ``sys.meta_path``, there only while something is waited for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def watch(module: str, act: Callable[[], None]) -> None:
    """Act once this module is there."""
    if module in sys.modules:
        act()
        return
    sys.meta_path.insert(0, ImportHook(module, act))


def unwatch(module: str) -> None:
    """Wait for it no longer."""
    sys.meta_path[:] = [each for each in sys.meta_path if not (isinstance(each, ImportHook) and each.module == module)]


class ImportHook(MetaPathFinder):
    """Finds one module through the other finders, and acts after it was executed."""

    def __init__(self, module: str, act: Callable[[], None]) -> None:
        self.module = module
        self._act = act

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec, with a loader that acts when it is done."""
        if name != self.module:
            return None
        unwatch(self.module)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = LoaderWithCallback(spec.loader, self._act)
        return spec


class LoaderWithCallback(Loader):
    """Another loader, and what follows it."""

    def __init__(self, loader: Any, act: Callable[[], None]) -> None:
        self._loader = loader
        self._act = act

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the other loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the other loader does; then act."""
        self._loader.exec_module(module)
        self._act()
