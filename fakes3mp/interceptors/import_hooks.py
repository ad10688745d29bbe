"""Run callbacks whenever the user imports a module, and at once if it is imported already.

One finder on ``sys.meta_path`` finds the modules through the other finders, and runs the callbacks when a module has been
executed: the first time, after an import that failed, and when it is imported or executed again. A callback must leave
alone what it has done already. Looking a module up, without an import, changes nothing.

A callback never runs once it is cancelled: both happen under one lock. Nothing that another thread may be importing is
imported under it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from fakes3mp.locks import create_rlock

ImportCallback = tuple[str, Callable[[], None]]  # a module's name, and what is called

_LOCK = create_rlock()
_CALLBACKS: dict[str, list[Callable[[], None]]] = {}  # by the module's name


def call_on_import(callbacks: Iterable[ImportCallback]) -> None:
    """Call the callback of a module whenever the module has been executed; now, if it has been."""
    callbacks = tuple(callbacks)
    with _LOCK:
        for module, callback in callbacks:
            _CALLBACKS.setdefault(module, []).append(callback)
        if HOOK not in sys.meta_path:
            sys.meta_path.insert(0, HOOK)
    for module, callback in callbacks:
        if module not in sys.modules:
            continue
        if getattr(sys.modules[module].__spec__, "_initializing", True):
            with suppress(ImportError):
                import_module(module)  # waits where another thread is importing it
        with _LOCK:
            if callback in _CALLBACKS.get(module, ()):
                callback()


def cancel_on_import() -> None:
    """Drop all callbacks."""
    with _LOCK:
        _CALLBACKS.clear()
        # another list: a thread that is importing walks through the old one
        sys.meta_path = [finder for finder in sys.meta_path if finder is not HOOK]


def _run_callbacks(module: ModuleType) -> None:
    """Run the callbacks of a module that has been executed, unless it is somebody's private copy."""
    with _LOCK:
        if sys.modules.get(module.__name__) is module:
            for callback in tuple(_CALLBACKS.get(module.__name__, ())):
                callback()


class ImportHook:
    """Finds the modules that callbacks wait for, through the other finders."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec, with a loader that runs the callbacks at its end."""
        if name not in _CALLBACKS:
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find_spec and find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = LoaderWithCallbacks(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class LoaderWithCallbacks:
    """A module's own loader, followed by the callbacks. The module does not see it: it keeps its own."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        """As the module's own loader does; then run the callbacks."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _run_callbacks(module)


HOOK = ImportHook()
