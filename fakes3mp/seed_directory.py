"""A fake's buckets and objects as plain files with a manifest, and back: a seed state that can live in a repository.

What may live here: the layout of a dump (format 1). ``manifest.json`` says what each file is; ``objects/BUCKET/KEY`` are
the bytes, under names that any file system takes. What follows from the bytes (ETags, checksums) is not written down but
computed again, so a file may be edited by hand. Uploads in progress are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import fields

from fakes3mp import digests
from fakes3mp.core.acl import Acl
from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.content import Content
from fakes3mp.core.objects import DeleteMarker, ObjectPart, Properties, S3Object
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import Tags
from fakes3mp.digests import Checksum

FORMAT = 1
_MANIFEST = "manifest.json"
_LONGEST = 200  # characters of a file's name
_CONFIGURATIONS: Mapping[str, Any] = {"AccessControlList": Acl, "Tagging": Tags}  # those that are not documents


def dump(store: Store, directory: Path) -> None:
    """Write everything but uploads; an earlier dump in the directory is replaced."""
    _make_room(directory)
    with store.lock:
        buckets = {name: _bucket(bucket, directory) for name, bucket in sorted(store.buckets.items())}
        head = {"format": FORMAT, "region": store.region, "account_id": store.account_id}
    text = json.dumps({**head, "buckets": buckets}, indent=1, sort_keys=False, ensure_ascii=False)
    (directory / _MANIFEST).write_text(text + "\n", encoding="utf-8")


def _make_room(directory: Path) -> None:
    """A directory to write to: a new or empty one, or one that holds a dump."""
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / _MANIFEST).exists():
        read_manifest(directory)
        shutil.rmtree(directory / "objects", ignore_errors=True)
    elif any(directory.iterdir()):
        raise ValueError(f"{directory} holds other files and no dump: give an empty directory or a new one")


def _bucket(bucket: Bucket, directory: Path) -> dict[str, Any]:
    entries = [entry for key in bucket.version_keys for entry in bucket.versions[key]]
    paths = _paths(bucket.name, entries)
    written = [_entry(entry, path, directory) for entry, path in zip(entries, paths, strict=True)]
    told = {
        "region": bucket.region,
        "created": _plain(bucket.created),
        "owner": bucket.owner,
        "versioning": bucket.versioning,
        "lock_enabled": bucket.lock_enabled or None,
        "configurations": {name: _plain(value) for name, value in bucket.configurations.items()},
        "objects": written,
    }
    return {name: value for name, value in told.items() if value is not None}


def _entry(entry: Version, path: str, directory: Path) -> dict[str, Any]:
    head = {"key": entry.key, "modified": _plain(entry.modified)}
    if entry.version_id != "null":
        head["version_id"] = entry.version_id
    if isinstance(entry, DeleteMarker):
        return {**head, "delete_marker": True}
    file = directory / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.writelines(entry.content.segments)
    derived = {
        "etag": entry.etag if entry.encryption.hides_md5 else None,
        "checksum": [entry.checksum.algorithm, entry.checksum.type] if entry.checksum else None,
        "parts": [[part.number, part.size, bool(part.checksum)] for part in entry.parts] or None,
    }
    kept = {name: value for name, value in derived.items() if value is not None}
    return {**head, "file": path, **kept, "properties": _plain(entry.properties)}


def _paths(bucket: str, entries: Iterable[Version]) -> Iterator[str]:
    """A file name for each version: the key's own where it can be, with ``%`` behind it where that is taken.

    >>> [*_paths("b", [DeleteMarker(key, datetime.now(), "null", 0) for key in ("a", "a/b", "A/b", "x//..", "")])]
    ['objects/b/a%', 'objects/b/a/b', 'objects/b/A/b%', 'objects/b/x/%/%2E%2E', 'objects/b/%']
    """
    wished = [PurePosixPath("objects", bucket, *map(_segment, entry.key.split("/"))) for entry in entries]
    taken = {str(parent).lower() for path in wished for parent in path.parents}
    for path in wished:
        name = str(path)
        while name.lower() in taken:
            name += "%"
        taken.add(name.lower())
        yield name


def _segment(text: str) -> str:
    """One level of a key as a file's name; nothing that a name cannot be is left in it."""
    if text.strip(".") == "":
        return text.replace(".", "%2E") or "%"
    name = quote(text, safe=" !'()+,=@", errors="surrogatepass")
    if len(name) <= _LONGEST:
        return name
    return f"{name[:100]}%{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"


def read_manifest(directory: Path) -> dict[str, Any]:
    """What a dump says of itself; ValueError for what is no dump, or one of another format."""
    path = directory / _MANIFEST
    if not path.is_file():
        inside = sorted(each.parent.name for each in directory.glob(f"*/{_MANIFEST}")) if directory.is_dir() else []
        hint = f"; did you mean {' or '.join(str(directory / name) for name in inside)}?" if inside else ""
        raise ValueError(f"{directory} holds no dump, there is no {_MANIFEST} in it{hint}")
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT:
        raise ValueError(
            f"{path} is of format {manifest.get('format')!r}, this fakes3mp reads format {FORMAT}: "
            "load it with the version that wrote it, or dump the state again with this one"
        )
    return manifest


def load(store: Store, directory: Path, manifest: Mapping[str, Any]) -> None:
    """Fill a store with what was dumped."""
    with store.lock:
        for name, told in manifest["buckets"].items():
            bucket = store.create_bucket(name, told["region"], told["owner"])
            bucket.created = _typed(datetime, told["created"])
            bucket.versioning = told.get("versioning")
            bucket.lock_enabled = told.get("lock_enabled", False)
            for document, value in told["configurations"].items():
                bucket.configure(document, _typed(_CONFIGURATIONS.get(document, Any), value))
            for entry in told["objects"]:
                _put(store, bucket, entry, directory)


def _put(store: Store, bucket: Bucket, told: Mapping[str, Any], directory: Path) -> None:
    key, modified, version_id = told["key"], _typed(datetime, told["modified"]), told.get("version_id", "null")
    if told.get("delete_marker"):
        bucket.mark_deleted(DeleteMarker(key, modified, version_id, store.tick()))
        return
    file = directory / told["file"]
    if not file.is_file():
        raise ValueError(f"{file}, the object {bucket.name}/{key}, is missing from the dump")
    content, sizes = Content.of(file.read_bytes()), [size for _, size, _ in told.get("parts", ())]
    if sizes and sum(sizes) != content.size:
        raise ValueError(
            f"{file} has {content.size} bytes, its parts in {_MANIFEST} add up to {sum(sizes)}: "
            "correct the sizes there, or take the parts out to make it an object that was put whole"
        )
    contents = list(_cut(content, sizes))
    algorithm, kind = told.get("checksum", (None, None))
    parts = tuple(
        ObjectPart(number, size, each.checksum(algorithm) if summed else None)
        for (number, size, summed), each in zip(told.get("parts", ()), contents, strict=True)
    )
    etag = digests.multipart_etag([each.md5 for each in contents]) if contents else content.md5.hex()
    made = S3Object(
        key=key,
        content=content,
        etag=told.get("etag", etag),
        modified=modified,
        properties=_typed(Properties, told["properties"]),
        checksum=_checksum(algorithm, kind, content, contents),
        parts=parts,
        version_id=version_id,
        sequence=store.tick(),
    )
    bucket.put(made)


def _cut(content: Content, sizes: Iterable[int]) -> Iterator[Content]:
    first = 0
    for size in sizes:
        yield content.cut(first, first + size - 1) if size else Content.of(b"")
        first += size


def _checksum(algorithm: str | None, kind: str | None, content: Content, parts: list[Content]) -> Checksum | None:
    if algorithm is None:
        return None
    if kind != digests.COMPOSITE:
        return content.checksum(algorithm)
    return digests.composite(algorithm, [part.digest(algorithm) for part in parts])


# Values of core as JSON: structs without their defaults, dates in a wrapping of their own


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.isoformat()}
    if isinstance(value, Struct):
        named = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
        return {name: _plain(own) for name, (own, default) in named.items() if own != default}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _typed(kind: Any, value: Any) -> Any:
    """A plain value as what its type says it was."""
    if isinstance(value, dict) and "$date" in value:
        return datetime.fromisoformat(value["$date"])
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = _hints(kind)
        return kind(**{name: _typed(hints[name], each) for name, each in value.items()})
    if isinstance(value, list):
        return _sequence(kind, value)
    return {name: _typed(Any, each) for name, each in value.items()} if isinstance(value, dict) else value


def _sequence(kind: Any, values: list[Any]) -> Any:
    inner = next((each for each in get_args(kind) if each is not Ellipsis), Any)
    typed = [_typed(inner, each) for each in values]
    return tuple(typed) if get_origin(kind) is tuple else typed


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
