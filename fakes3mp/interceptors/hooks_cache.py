"""What botocore works out anew for every session: the present names of events, and whether its own handlers can be called.

Both are the same for all sessions, so while a fake is active they are worked out once. Undocumented patch points:
``botocore.hooks.accepts_kwargs``, and ``EventAliaser.__init__`` with ``_alias_name_cache``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from fakes3mp.interceptors.patches import ModuleInterceptor, Patches

_DEBUG = 10  # logging's level
_NAMES: dict[str, str] = {}  # an event's name -> the name that botocore has for it now
_ACCEPTING: set[Any] = set()  # botocore's own handlers, which are never freed, that accept keywords


class HooksInterceptor(ModuleInterceptor):
    """While it is installed, new sessions and clients share names of events."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module, "accepts_kwargs", _accepting_once)
        patches.replace(module.EventAliaser, "__init__", _with_shared_names)


def _accepting_once(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def accepts_kwargs(function: Any) -> bool:
        if type(function) is not FunctionType or not function.__module__.startswith("botocore."):
            return original(function)
        if function in _ACCEPTING:
            return True
        accepts = original(function)
        if accepts and function.__closure__ is None:
            _ACCEPTING.add(function)
        return accepts

    return accepts_kwargs


def _with_shared_names(original: Callable[..., None]) -> Callable[..., None]:
    hooks: Any = sys.modules["botocore.hooks"]
    aliases, logger = hooks.EVENT_ALIASES, hooks.logger

    def initialise(aliaser: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        original(aliaser, event_emitter, event_aliases)
        if (event_aliases is None or event_aliases == aliases) and not logger.isEnabledFor(_DEBUG):
            aliaser._alias_name_cache = _NAMES

    return initialise


INTERCEPTOR = HooksInterceptor("botocore.hooks")
