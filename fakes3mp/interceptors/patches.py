"""Attributes of other libraries' classes and modules, replaced while a fake is active and then put back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.import_hooks import call_on_import, cancel_on_import


class ModuleProxy:
    """Stands for a module: every attribute is the module's, except those that a subclass defines."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class Patches:
    """The attributes that were replaced, with their originals."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        """Replace an attribute of ``owner`` by what ``wrap`` returns for the original."""
        original = getattr(owner, name)
        self._originals.append((owner, name, original))
        setattr(owner, name, wrap(original))

    def undo(self) -> None:
        """Put every original back, the last replaced first."""
        while self._originals:
            setattr(*self._originals.pop())


class ModuleInterceptor(ABC):
    """An interceptor that patches one module, as soon as the user has imported it."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.patches = Patches()

    def install(self) -> None:
        """Patch the module now, or when it is imported."""
        call_on_import(self.module, self.patch)

    @abstractmethod
    def patch(self) -> None:
        """Replace what is to be replaced; the module is imported."""

    def remove(self) -> None:
        """Put everything back as it was."""
        cancel_on_import(self.module)
        self.patches.undo()
