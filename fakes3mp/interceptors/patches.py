"""Attributes of other people's classes and modules, replaced for a while.

What may live here: replacing them, and putting every one of them back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.import_hooks import unwatch, watch


class ModuleProxy:
    """Stands for a module: all of it, but for what a subclass does itself."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Patches:
    """What was replaced, the last first to be put back."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, wrapping: Callable[[Any], Any]) -> None:
        """Put what ``wrapping`` makes of an attribute in its place."""
        original = getattr(owner, name)
        self._originals.append((owner, name, original))
        setattr(owner, name, wrapping(original))

    def undo(self) -> None:
        """Leave everything as it was."""
        while self._originals:
            setattr(*self._originals.pop())


class ModuleInterceptor(ABC):
    """A door that is made of patches to one module, put in place when the user imports it."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.patches = Patches()

    def install(self) -> None:
        """Now, or when the module is imported."""
        watch(self.module, self.place)

    @abstractmethod
    def place(self) -> None:
        """Put the seams in place; the module is there."""

    def remove(self) -> None:
        """Leave everything as it was."""
        unwatch(self.module)
        self.patches.undo()
