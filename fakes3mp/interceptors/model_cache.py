"""New sessions read nothing twice: while a fake is active, their loaders share what was read from botocore's data files.

What may live here: the one undocumented seam, ``botocore.session.create_loader``. A session made before keeps its loader;
credentials, profiles, configuration and search paths are each session's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.patches import ModuleInterceptor

_MODULE = "botocore.session"


class LoaderInterceptor(ModuleInterceptor):
    """While it is open, a session is given a loader that shares."""

    def place(self) -> None:
        self.patches.replace(sys.modules[self.module], "create_loader", _sharing)


def _sharing(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_loader(*args: Any, **kwargs: Any) -> Any:
        from fakes3mp.wire.model_loader import SharedLoader

        return SharedLoader(original(*args, **kwargs))

    return create_loader


INTERCEPTOR = LoaderInterceptor(_MODULE)
