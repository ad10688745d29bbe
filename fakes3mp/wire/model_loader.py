"""A botocore loader that shares parsed files and listings with all other loaders of the same search paths.

Nothing else is shared: each session has a loader of its own, with its own search paths. Undocumented attributes of
botocore are ``Loader._cache``, ``_extras_processor`` and ``_find_extras``, and ``JSONFileLoader._load_file``.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import Any

import msgspec
from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, instance_cache

_LOGGER = logging.getLogger("botocore.loaders")


class SharedFiles(JSONFileLoader):
    """Parses each JSON file once, with msgspec: there are several megabytes for a first client.

    What it returns is equal to what botocore's parser returns; its objects are ``dict``, not ``OrderedDict``.
    """

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        """The parsed file, or None where there is none."""
        if file_path not in self._parsed:
            data = super().load_file(file_path)
            if data is None:
                return None
            self._parsed[file_path] = data
        return self._parsed[file_path]

    def _load_file(self, full_path: str, open_method: Any) -> Any:
        if os.path.isfile(full_path):
            with suppress(msgspec.DecodeError), open_method(full_path, "rb") as file:
                _LOGGER.debug("Loading JSON file: %s", full_path)
                return msgspec.json.decode(file.read())
        loader: Any = super()
        return loader._load_file(full_path, open_method)  # which raises botocore's error for a file that is no JSON


_FILES = SharedFiles()
_CACHES: dict[tuple[str, ...], dict[Any, Any]] = {}  # search paths -> the cache of all loaders with these paths


class SharedLoader(Loader):
    """A loader with the search paths of another one, or with botocore's own."""

    def __init__(self, like: Loader | None = None) -> None:
        paths = None if like is None else list(like.search_paths)
        super().__init__(paths, _FILES, include_default_search_paths=like is None)

    @property
    def _cache(self) -> dict[Any, Any]:
        return _CACHES.setdefault(tuple(self.search_paths), {})

    @_cache.setter
    def _cache(self, cache: dict[Any, Any]) -> None:
        """Drop the empty cache that botocore's constructor assigns."""

    @instance_cache
    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """The data of a service. botocore looks through all services first; here that is done for an unknown one only."""
        try:
            version = api_version or self.determine_latest_version(service_name, type_name)
            model = self.load_data(os.path.join(service_name, version, type_name))
        except DataNotFoundError:
            return super().load_service_model(service_name, type_name, api_version)
        loader: Any = self
        loader._extras_processor.process(model, loader._find_extras(service_name, type_name, version))
        return model
