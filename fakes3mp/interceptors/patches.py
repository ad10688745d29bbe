"""Attributes of other libraries' classes and modules, replaced while a fake is active and then put back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fakes3mp.interceptors.import_hooks import call_on_import, cancel_on_import


class ModuleProxy:
    """Stands for a module: every attribute is the module's, except those that a subclass defines."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class Patch(NamedTuple):
    """An attribute that was replaced."""

    owner: Any
    name: str
    original: Any
    is_own: bool  # whether the owner had the attribute itself, and did not inherit it
    replacement: Any


class Patches:
    """The attributes that were replaced, with their originals."""

    def __init__(self) -> None:
        self._patches: list[Patch] = []

    def replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        """Replace an attribute of ``owner`` by what ``wrap`` returns for the original, unless that is done already."""
        original = getattr(owner, name)
        if any(patch.owner is owner and patch.replacement is original for patch in self._patches):
            return
        replacement = wrap(original)
        self._patches.append(Patch(owner, name, original, name in vars(owner), replacement))
        setattr(owner, name, replacement)

    def undo(self) -> None:
        """Put every original back, the last replaced first."""
        while self._patches:
            patch = self._patches.pop()
            if patch.is_own:
                setattr(patch.owner, patch.name, patch.original)
            else:
                delattr(patch.owner, patch.name)

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Undo every patch where the code inside raises."""
        try:
            yield
        except BaseException:
            self.undo()
            raise


class ModuleInterceptor(ABC):
    """An interceptor that patches one module, as soon as the user has imported it."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.patches: Patches = Patches()

    def install(self) -> None:
        """Patch the module now, or when it is imported."""
        call_on_import(self.module, self._patch)

    def _patch(self) -> None:
        with self.patches.all_or_none():
            self.patch()

    @abstractmethod
    def patch(self) -> None:
        """Replace what is to be replaced; the module is imported. It may be called again for the same module."""

    def remove(self) -> None:
        """Put everything back as it was."""
        cancel_on_import(self.module)
        self.patches.undo()
