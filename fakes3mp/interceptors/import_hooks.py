"""Run a callback when the user imports a module, or at once if it is imported already.

Each callback that is waiting has one finder on ``sys.meta_path``; it is taken off when the module is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def call_on_import(module: str, callback: Callable[[], None]) -> None:
    """Call ``callback`` once this module has been executed."""
    if module in sys.modules:
        callback()
        return
    sys.meta_path.insert(0, ImportHook(module, callback))


def cancel_on_import(module: str) -> None:
    """Drop the callback that waits for this module, if there is one."""
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if not (isinstance(finder, ImportHook) and finder.module == module)
    ]


class ImportHook(MetaPathFinder):
    """Finds one module through the other finders; the callback runs after the module was executed."""

    def __init__(self, module: str, callback: Callable[[], None]) -> None:
        self.module = module
        self._callback = callback

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec, with a loader that runs the callback at its end."""
        if name != self.module:
            return None
        cancel_on_import(self.module)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = LoaderWithCallback(spec.loader, self._callback)
        return spec


class LoaderWithCallback(Loader):
    """Another loader, followed by a callback."""

    def __init__(self, loader: Any, callback: Callable[[], None]) -> None:
        self._loader = loader
        self._callback = callback

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the other loader does."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """As the other loader does; then run the callback."""
        self._loader.exec_module(module)
        self._callback()
