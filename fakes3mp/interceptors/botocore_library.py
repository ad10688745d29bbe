"""The parts of a botocore that the ``before-call`` interceptor stands in for: this botocore's, or IBM's."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from fakes3mp.interceptors.botocore_responses import ResponseBody

if TYPE_CHECKING:
    from fakes3mp.core.content import Content


class BotocoreLibrary:
    """The classes and functions of one botocore, as they are when it is made.

    ``packages`` are the names of its packages; ``has_our_model`` says whether its model of S3 is the one of the fake.
    """

    def __init__(self, package: str = "botocore") -> None:
        modules = {
            name: import_module(f"{package}.{name}")
            for name in (
                "awsrequest",
                "client",
                "endpoint",
                "history",
                "httpchecksum",
                "parsers",
                "response",
                "signers",
            )
        }
        self._modules = modules
        self.packages: tuple[str, ...] = (package,)
        self.has_our_model: bool = package == "botocore"
        self.client_class: Any = modules["client"].BaseClient
        self.endpoint_class: Any = modules["endpoint"].Endpoint
        self.signer_class: Any = modules["signers"].RequestSigner
        self.parser_factory: Any = modules["parsers"].ResponseParserFactory
        self.response_class: Any = lazy_response_class(LazyResponse, modules["awsrequest"].AWSResponse)
        self.streaming_body: Any = modules["response"].StreamingBody
        self.history: Any = modules["history"].get_global_history_recorder()
        self.logger: logging.Logger = logging.getLogger(f"{package}.endpoint")
        self.directories: tuple[str, ...] = (self.directory_of(__name__.rpartition(".")[0]), self.directory_of(package))
        self._parser_class: Any = modules["parsers"].ResponseParser
        self._httpchecksum = modules["httpchecksum"]
        self._checked_code: tuple[list[Any], bool] = [], False  # and whether all of it is unpatched

    def is_current(self) -> bool:
        """Whether these are still the modules that an import gives."""
        own = sys.modules.get(self.client_class.__module__)
        return getattr(own, self.client_class.__name__, None) is self.client_class and all(
            sys.modules.get(module.__name__) is module for module in self._modules.values()
        )

    def directory_of(self, package: str) -> str:
        """The directory that a package's code is in."""
        return str(Path(str(import_module(package).__file__)).parent)

    def handle_checksum_body(self, *args: Any) -> None:
        """Put the stream in a response into botocore's wrapper that checks its checksum."""
        self._httpchecksum.handle_checksum_body(*args)

    def skipped_code(self) -> list[Any]:
        """The methods and functions that are not run for a call that is answered at ``before-call``."""
        return [
            self.client_class._make_request,
            self.endpoint_class.make_request,
            self.endpoint_class._send_request,
            self.endpoint_class._get_response,
            self.endpoint_class._do_get_response,
            self.signer_class.sign,
            self._parser_class.parse,
        ]

    def is_unpatched(self) -> bool:
        """Whether nobody, such as a test's spy, has replaced what is skipped."""
        code = self.skipped_code()
        if code != self._checked_code[0]:
            self._checked_code = code, all(map(self.is_plain, code))
        return self._checked_code[1]

    def is_plain(self, function: Any) -> bool:
        """Whether it is a function whose code is botocore's or ours. A wrapper may show the code of what it wraps."""
        return type(function) is FunctionType and function.__code__.co_filename.startswith(self.directories)


_LIBRARIES: dict[tuple[Any, ...], BotocoreLibrary] = {}


def current_library(library_class: Callable[..., BotocoreLibrary], *package: str) -> BotocoreLibrary:
    """The library of this class; another one after its modules were imported a second time."""
    key = (library_class, *package)
    library = _LIBRARIES.get(key)
    if library is None or not library.is_current():
        library = _LIBRARIES[key] = library_class(*package)
    return library


class LazyResponse:
    """A response whose headers and body are made when somebody reads them."""

    headers_class: Any

    def __init__(self, url: str, status: int, headers: Mapping[str, str], body: Callable[[], Content]) -> None:
        self.url: str = url
        self.status_code: int = status
        self._headers, self._body = headers, body
        self._content = None

    @cached_property
    def headers(self) -> Any:
        """The headers in botocore's own mapping."""
        return self.headers_class(self._headers)

    @cached_property
    def raw(self) -> Any:
        """The stream that the body is read from."""
        return ResponseBody(self._body())


def lazy_response_class(lazy: type[LazyResponse], base: Any) -> Any:
    """The class of such responses that is also a botocore's own, ``base``."""
    headers_class = import_module(base.__mro__[-2].__module__).HeadersDict
    return type(lazy.__name__, (lazy, base), {"headers_class": headers_class, "__module__": lazy.__module__})
