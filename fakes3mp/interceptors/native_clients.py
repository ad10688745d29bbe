"""Libraries whose S3 clients are native: they open sockets that Python cannot see.

Where Python can see that one of them is asked for S3, it is refused while a fake is active. With ``native_clients=True``
those that read the endpoint from the environment are served instead: the fake is served on loopback, and the variables
point there. boto3 reads one of these variables too; its clients keep their own endpoint.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import partial, wraps
from typing import Any, NamedTuple

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.guard import NotIntercepted
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches
from fakes3mp.wire.addressing import is_amazons

_S3_URL = re.compile(r"\bs3[an]?://[^\s'\"?]*", re.IGNORECASE)
_ENDPOINT = "AWS_ENDPOINT_URL_S3"


class _Functions(NamedTuple):
    """Functions of a module, or methods of a class in it, that take a URL of S3's."""

    module: str
    names: str  # a pattern: "read_*", "DataFrame.write_*"
    is_served: bool  # whether the library reads the endpoint from the environment
    is_store: bool = False  # whether they are given a bucket's name instead


_FUNCTIONS = (
    _Functions("polars", "read_*", True),
    _Functions("polars", "scan_*", True),
    _Functions("polars", "DataFrame.write_*", True),
    _Functions("polars", "LazyFrame.sink_*", True),
    _Functions("obstore.store", "from_url", True),
    _Functions("obstore.store", "S3Store.__init__", True, is_store=True),
    _Functions("deltalake", "DeltaTable.__init__", True),
    _Functions("deltalake", "write_deltalake", True),
    _Functions("lance", "dataset", True),
    _Functions("lance", "write_dataset", True),
    _Functions("daft", "read_*", True),
    _Functions("daft", "DataFrame.write_*", True),
    _Functions("icechunk", "s3_storage", True, is_store=True),
    _Functions("datafusion.object_store", "AmazonS3", False, is_store=True),
    _Functions("chdb", "query", False),
    _Functions("chdb", "sql", False),
    _Functions("duckdb", "sql", False),
    _Functions("duckdb", "query", False),
    _Functions("duckdb", "execute", False),
    _Functions("duckdb", "read_*", False),
    _Functions("tensorstore", "open", False),
)


class NativeClientsInterceptor(ModuleInterceptor):
    """Guards the libraries of ``_FUNCTIONS``."""

    def patch(self, module: Any, patches: Patches) -> None:
        for functions in _FUNCTIONS:
            if functions.module == module.__name__:
                _patch_functions(functions, module, patches)


def _patch_functions(functions: _Functions, module: Any, patches: Patches) -> None:
    class_name, _, pattern = functions.names.rpartition(".")
    owner = getattr(module, class_name, None) if class_name else module
    for name in dir(owner):
        if fnmatchcase(name, pattern) and callable(getattr(owner, name)):
            library = f"{functions.module.partition('.')[0]}.{class_name or name}"
            patches.replace(owner, name, partial(_guard, library, functions))


class PyarrowInterceptor(ModuleInterceptor):
    """Guards pyarrow's file systems."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module, "FileSystem", _guarded_file_system)
        if hasattr(module, "S3FileSystem"):
            patches.replace(module, "S3FileSystem", _guarded_s3_file_system)
            patches.replace(module, "resolve_s3_region", _guarded_resolve_s3_region)


class AwscrtInterceptor(ModuleInterceptor):
    """Guards the S3 client of the AWS CRT."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.S3Client, "make_request", _guarded_crt_request)


def _refuse_native(library: str, url: str, *, is_served: bool) -> None:
    """Raise NotIntercepted while a fake is active that does not serve the library."""
    fake = ACTIVE.innermost
    if fake is None or (is_served and getattr(fake, "native_clients", False)):
        return
    option = "FakeS3(native_clients=True), which serves this fake to it; or " if is_served else ""
    raise NotIntercepted(
        f"{library} asked for {url} while a fake S3 is active. Its client is native: it opens sockets that Python cannot "
        "see. "
        f"Use {option}the fixture fake_s3_server, with its url as the endpoint that {library.partition('.')[0]} is given."
    )


def _guard(library: str, functions: _Functions, original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not _names_endpoint(kwargs):
            for url in _s3_urls([*args, *kwargs.values()], is_store=functions.is_store):
                _refuse_native(library, url, is_served=functions.is_served)
        if original is object.__init__:  # of a class that only has __new__
            return None
        return original(*args, **kwargs)

    return guarded


def _names_endpoint(kwargs: Mapping[str, Any]) -> bool:
    """Whether the caller says where the requests go: in an argument, or in one that has options."""
    return any(
        "endpoint" in str(name)
        or (isinstance(value, Mapping) and _names_endpoint(value))
        or getattr(getattr(value, "s3", None), "endpoint_url", None)  # daft's IOConfig
        for name, value in kwargs.items()
    )


def _s3_urls(arguments: list[Any], *, is_store: bool = False) -> list[str]:
    """The URLs of S3's in arguments; a bucket's name is one for a class that is a client of S3's only."""
    urls: list[str] = []
    for argument in arguments:
        if isinstance(argument, str):
            urls += _S3_URL.findall(argument)
        elif isinstance(argument, (list, tuple)):
            urls += _s3_urls(list(argument))
        elif isinstance(argument, Mapping) and argument.get("driver") == "s3":
            urls.append("s3://")
        elif isinstance(argument, Mapping):
            urls += _s3_urls(list(argument.values()))
    return urls or (["s3://"] if is_store else [])


def _like(original: type) -> type:
    """A metaclass for a stand-in of a class: instances of the original are instances of it."""

    class Like(type(original)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original)

    return Like


def _guarded_file_system(original: Any) -> Any:
    def from_uri(uri: Any) -> Any:
        if isinstance(uri, str) and "endpoint_override" not in uri:
            for url in _S3_URL.findall(uri):
                _refuse_native("pyarrow.fs", url, is_served=True)
        return original.from_uri(uri)

    return _like(original)(
        original.__name__, (original,), {"from_uri": staticmethod(from_uri), "__module__": "pyarrow.fs"}
    )


def _guarded_s3_file_system(original: Any) -> Any:
    def initialise(self: Any, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("endpoint_override"):
            _refuse_native("pyarrow.fs.S3FileSystem", "s3://", is_served=True)
            if ACTIVE.innermost is not None:  # it does not read the environment, as from_uri does
                kwargs["endpoint_override"] = os.environ[_ENDPOINT]
        original.__init__(self, *args, **kwargs)

    return _like(original)(original.__name__, (original,), {"__init__": initialise, "__module__": "pyarrow.fs"})


def _guarded_resolve_s3_region(original: Callable[[str], str]) -> Callable[[str], str]:
    """It asks Amazon, whatever the environment says; so the region is taken from the fake's bucket."""

    @wraps(original)
    def resolve_s3_region(bucket: str) -> str:
        _refuse_native("pyarrow.fs.resolve_s3_region", f"s3://{bucket}", is_served=True)
        fake: Any = ACTIVE.innermost
        if fake is None:
            return original(bucket)
        try:
            return str(fake.buckets[bucket].region)
        except KeyError as error:
            raise OSError(f"Bucket '{bucket}' not found") from error

    return resolve_s3_region


def _guarded_crt_request(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def make_request(*args: Any, **kwargs: Any) -> Any:
        host = kwargs["request"].headers.get("host") or ""
        if is_amazons(f"https://{host}/"):
            _refuse_native("awscrt.s3.S3Client", f"https://{host}", is_served=False)
        return original(*args, **kwargs)

    return make_request


class NativeEnvironment:
    """The environment variables that point native clients at a server, for a fake's lifetime."""

    def __init__(self, url: str, region: str) -> None:
        self.url = url
        self._previous: dict[str, str | None] = {}
        # AWS_ENDPOINT and AWS_ALLOW_HTTP are read by Rust's object_store; no SDK of AWS's reads them
        for name, value in (
            (_ENDPOINT, url),
            ("AWS_ENDPOINT", url),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ):
            self._previous[name] = os.environ.get(name)
            os.environ[name] = value
        _URLS.add(url)

    def restore(self) -> None:
        """Put every variable back as it was."""
        _URLS.discard(self.url)
        for name, value in self._previous.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_URLS: set[str] = set()  # of servers for native clients


class _EndpointInterceptor(ModuleInterceptor):
    """Hides the variable from boto3, whose clients are answered in process and keep their own endpoint."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.ConfiguredEndpointProvider, "provide", _without_our_url)


def _without_our_url(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def provide(provider: Any) -> Any:
        url = original(provider)
        return None if url in _URLS else url

    return provide


INTERCEPTOR = NativeClientsInterceptor(*dict.fromkeys(functions.module for functions in _FUNCTIONS))
PYARROW = PyarrowInterceptor("pyarrow.fs")
AWSCRT = AwscrtInterceptor("awscrt.s3")
ENDPOINTS = _EndpointInterceptor("botocore.configprovider")
