"""A botocore loader that shares parsed files and listings with all other loaders of the same search paths.

Nothing else is shared: each session has a loader of its own, with its own search paths. Undocumented attributes of
botocore are ``Loader._cache``, ``_extras_processor`` and ``_find_extras``.
"""

from __future__ import annotations

import os
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, instance_cache


class SharedFiles(JSONFileLoader):
    """Parses each JSON file once."""

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
