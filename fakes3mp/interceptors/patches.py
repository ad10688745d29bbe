"""Attributes of other libraries' classes and modules, replaced while a fake is active and then put back."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

from fakes3mp.interceptors.import_hooks import ImportCallback


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

    def can_be_redone(self) -> bool:
        """Whether the owner is still what its module has, and its attribute the original."""
        owner, name = self.owner, self.name
        if isinstance(owner, ModuleType):
            present = sys.modules.get(owner.__name__)
        else:
            present = getattr(sys.modules.get(owner.__module__), owner.__qualname__, None)
        return present is owner and getattr(owner, name, None) is self.original and (name in vars(owner)) is self.is_own


class Patches:
    """The attributes that were replaced, with their originals."""

    def __init__(self) -> None:
        self._patches: list[Patch] = []
        self._undone: list[Patch] = []

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
        if not self._patches:
            return
        self._undone = self._patches.copy()
        while self._patches:
            patch = self._patches.pop()
            if patch.is_own:
                setattr(patch.owner, patch.name, patch.original)
            else:
                delattr(patch.owner, patch.name)

    def redo(self) -> bool:
        """Replace again what was undone, by the same replacements; False, and nothing is done, where anything has changed.

        Every test starts a fake, so that making the replacements anew would cost each of them.
        """
        if not self._undone or self._patches or not all(patch.can_be_redone() for patch in self._undone):
            return False
        self._patches, self._undone = self._undone, []
        for patch in self._patches:
            setattr(patch.owner, patch.name, patch.replacement)
        return True


class ModuleInterceptor(ABC):
    """An interceptor that patches modules, each as soon as the user has imported it."""

    def __init__(self, *modules: str) -> None:
        self._patches = {module: Patches() for module in modules}
        self.callbacks: tuple[ImportCallback, ...] = tuple((module, partial(self._patch, module)) for module in modules)

    def _patch(self, module: str) -> None:
        patches = self._patches[module]
        if self.is_current() and patches.redo():
            return
        try:
            self.patch(sys.modules[module], patches)
        except BaseException:
            patches.undo()
            self._patches[module] = Patches()  # what was replaced so far is not all
            raise

    def is_current(self) -> bool:
        """Whether the replacements of an earlier time would still do."""
        return True

    @abstractmethod
    def patch(self, module: Any, patches: Patches) -> None:
        """Replace what is to be replaced in a module. It may be called again for the same module."""

    def remove(self) -> None:
        """Put everything back as it was."""
        for patches in self._patches.values():
            patches.undo()
