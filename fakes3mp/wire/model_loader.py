"""botocore's data files, read once for everybody.

What may live here: a loader of botocore's whose parsed files and listings are shared with all others of the same search
paths. It shares data and nothing else: each session has a loader of its own, with its own search paths.
"""

from __future__ import annotations

from typing import Any

from botocore.loaders import JSONFileLoader, Loader


class SharedFiles(JSONFileLoader):
    """Parses each file once."""

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
_FOUND: dict[tuple[str, ...], dict[Any, Any]] = {}  # search paths -> what loaders with these paths have found


class SharedLoader(Loader):
    """A loader with the search paths of another one. What it finds is kept under its paths, whoever asked first."""

    def __init__(self, like: Loader | None = None) -> None:
        paths = None if like is None else list(like.search_paths)
        super().__init__(paths, _FILES, include_default_search_paths=like is None)

    @property
    def _cache(self) -> dict[Any, Any]:
        return _FOUND.setdefault(tuple(self.search_paths), {})

    @_cache.setter
    def _cache(self, own: dict[Any, Any]) -> None:
        """A loader's own, which it begins with, is not needed."""
