"""New sessions read nothing twice: while a fake is active, their loaders share what was read from botocore's data files.

What may live here: the one undocumented seam, ``botocore.session.create_loader``. A session made before keeps its loader;
credentials, profiles, configuration and search paths are each session's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fakes3mp.doors.imports import unwatch, watch
from fakes3mp.doors.patching import Patches

_MODULE = "botocore.session"


class LoaderDoor:
    """While it is open, a session is given a loader that shares."""

    def __init__(self) -> None:
        self._patches = Patches()

    def open(self) -> None:
        """Now, or when botocore's sessions are imported."""
        watch(_MODULE, self._place)

    def _place(self) -> None:
        self._patches.replace(sys.modules[_MODULE], "create_loader", _sharing)

    def close(self) -> None:
        """New sessions read for themselves again."""
        unwatch(_MODULE)
        self._patches.undo()


def _sharing(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_loader(*args: Any, **kwargs: Any) -> Any:
        from fakes3mp.wire.loading import SharedLoader

        return SharedLoader(original(*args, **kwargs))

    return create_loader


DOOR = LoaderDoor()
