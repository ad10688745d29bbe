"""pycurl does its own networking in C: a URL of S3's is refused where it is set.

The class is replaced in its module. A name that was imported from there before the fake was started is the old class, which
cannot be seen.
"""

from __future__ import annotations

import sys
from typing import Any

from fakes3mp.interceptors.guard import refuse
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches


class PycurlInterceptor(ModuleInterceptor):
    """While it is installed, new ``Curl`` objects refuse URLs of S3's."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module, "Curl", _guarded_class)


def _guarded_class(curl: Any) -> Any:
    url_option = sys.modules["pycurl"].URL

    class Curl(curl):  # type: ignore[misc]
        """pycurl's class, preceded by a look at the URL."""

        def setopt(self, option: int, value: Any) -> Any:
            if option == url_option:
                refuse("pycurl", value.decode("latin-1") if isinstance(value, bytes) else str(value))
            return super().setopt(option, value)

        def setopt_string(self, option: int, value: str) -> Any:
            if option == url_option:
                refuse("pycurl", str(value))
            return super().setopt_string(option, value)

    return Curl


INTERCEPTOR = PycurlInterceptor("pycurl")
