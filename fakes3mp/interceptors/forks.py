"""What becomes of the active fakes when the process forks.

The channel to a parent's fakes is imported before the first fork that needs it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from fakes3mp.interceptors.active import ACTIVE

if TYPE_CHECKING:
    from fakes3mp.interceptors.fork_channel import ForkListener


def is_remote(fake: Any) -> bool:
    """Whether a fake is the parent's, as a forked child sees it."""
    return hasattr(fake, "original")


def close_channel() -> None:
    """End the channel to forked children, if there is one."""
    listener = _listener()
    if listener is not None:
        listener.close()


def _listener() -> ForkListener | None:
    """The parent's end of the channel; None where it was not needed yet."""
    module = sys.modules.get(f"{__package__}.fork_channel")
    return None if module is None else module.LISTENER


def _is_shared(fake: Any) -> bool:
    """Whether the children of this process are to reach this fake of its own."""
    return getattr(fake, "children", "ignore") != "ignore" and not is_remote(fake)


def _before_fork() -> None:
    if any(map(_is_shared, ACTIVE.fakes)):
        from fakes3mp.interceptors.fork_channel import LISTENER

        LISTENER.prepare()


def _after_fork_in_parent() -> None:
    listener = _listener()
    if listener is not None:
        listener.serve()


def _after_fork_in_child() -> None:
    listener, parent = _listener(), os.getppid()
    if listener is None:
        return
    from fakes3mp.interceptors.fork_channel import RemoteFake

    ACTIVE.replace(
        tuple(
            RemoteFake(fake, position, listener.address, parent) if _is_shared(fake) else fake
            for position, fake in enumerate(ACTIVE.fakes)
        )
    )
    listener.abandon()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
