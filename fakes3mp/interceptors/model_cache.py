"""Loaders of new botocore sessions share the data files that were read: while a fake is active, none is read twice.

The one undocumented patch point is ``botocore.session.create_loader``. A session that existed before keeps its loader;
credentials, profiles, configuration and search paths stay each session's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.patches import ModuleInterceptor, Patches


class LoaderInterceptor(ModuleInterceptor):
    """While it is installed, a new session gets a loader that shares its files."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module, "create_loader", _with_shared_loader)


def _with_shared_loader(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_loader(*args: Any, **kwargs: Any) -> Any:
        from fakes3mp.wire.model_loader import SharedLoader

        return SharedLoader(original(*args, **kwargs))

    return create_loader


INTERCEPTOR = LoaderInterceptor("botocore.session")
