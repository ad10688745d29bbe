"""Locks that are free in a forked child, whichever thread held them.

A fork copies locks as they are, but only the thread that forked. So every lock of the fake is taken before a fork, which
leaves the state whole, and is free again after it, in the parent and in the child.
"""

from __future__ import annotations

import os
import threading
from typing import Any
from weakref import ref

_WAIT = 2.0  # seconds for another thread to finish what it does under a lock
_LOCKS: dict[ref[Any], None] = {}  # in the order in which they were created
_taken: list[Any] = []  # before the fork that is under way


def create_lock() -> Any:
    """A lock like ``threading.Lock()``."""
    return _register(threading.Lock())


def create_rlock() -> Any:
    """A lock like ``threading.RLock()``."""
    return _register(threading.RLock())


def _register(lock: Any) -> Any:
    _LOCKS[ref(lock, _LOCKS.pop)] = None  # which is removed when the lock is freed
    return lock


def _before_fork() -> None:
    _taken[:] = [lock for lock in _locks() if lock.acquire(timeout=_WAIT)]


def _after_fork_in_parent() -> None:
    while _taken:
        _taken.pop().release()


def _after_fork_in_child() -> None:
    _taken.clear()
    for lock in _locks():
        lock._at_fork_reinit()


def _locks() -> list[Any]:
    """All locks, the oldest first, also while another thread creates one: the references are copied in one step."""
    return [lock for lock in [reference() for reference in list(_LOCKS)] if lock is not None]


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
