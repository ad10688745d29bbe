"""Dump buckets and objects to a directory of plain files, and load them again.

``manifest.json`` (format 1) describes the files; the bytes are in ``objects/BUCKET/KEY``, under names that are valid on
any file system. ETags and checksums are computed at loading, so the files can be edited by hand. Open uploads are left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from fakes3mp.core.replication import replicate_change
from fakes3mp.core.restores import schedule_next_step
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import Tags
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error
from fakes3mp.terminal import show_progress

ConfigurationCheck = Callable[[Bucket, str, Any], None]
FORMAT = 1
_MANIFEST, _NEW_MANIFEST = "manifest.json", "manifest.json.new"
_OBJECTS, _NEW_OBJECTS, _OLD_OBJECTS = "objects", "objects.new", "objects.old"
_MAX_NAME, _MAX_LEVELS = 200, 40  # characters of a file name, levels of a path
_MAX_PATH = 700 if os.name != "nt" else 180  # characters; Windows takes 260 for the directory with what is in it
# The first letter of a name that is a device's there, with any extension; a dot or space at the end, which it drops.
_INVALID_ON_WINDOWS = re.compile(r"^(?=(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[. ]|$)).|[. ]$", re.IGNORECASE)
_BUCKET_NAME = re.compile(r"(?!\.+$)[\w.-]{1,255}", re.ASCII)
_VERSIONING = (None, "Enabled", "Suspended")
# Types of the configurations that are not plain documents.
_CONFIGURATION_TYPES: Mapping[str, Any] = {"AccessControlList": Acl, "Tagging": Tags}


def dump(store: Store, directory: Path) -> None:
    """Write all buckets and objects to a directory, which must be new, empty or an earlier dump; that is replaced.

    The new dump is written beside the earlier one and takes its place when it is complete: whatever fails before leaves the
    earlier one whole. Raises ValueError if the directory holds other files.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _finish_dump(directory)
    if not (directory / _MANIFEST).exists() and any(directory.iterdir()):
        raise ValueError(f"{directory} holds other files and no dump: give an empty directory or a new one")
    if (directory / _MANIFEST).exists():
        read_manifest(directory)
    new_objects = directory / _NEW_OBJECTS
    try:
        new_objects.mkdir()
        with store.lock:
            buckets = {name: _dump_bucket(bucket, new_objects) for name, bucket in store.buckets.items()}
            header = {"format": FORMAT, "region": store.region, "account_id": store.account_id}
        text = json.dumps({**header, "buckets": buckets}, indent=1, sort_keys=False, ensure_ascii=False)
        unfinished = new_objects / _MANIFEST
        unfinished.write_bytes(f"{text}\n".encode("utf-8", "surrogatepass"))
        unfinished.rename(directory / _NEW_MANIFEST)  # from now on the new dump is complete
    except BaseException:
        shutil.rmtree(new_objects, ignore_errors=True)
        raise
    _finish_dump(directory)


def _finish_dump(directory: Path) -> None:
    """Let a new dump take the place of the earlier one, if it is complete, and remove what an unfinished one left."""
    objects, new_objects, old_objects = (directory / name for name in (_OBJECTS, _NEW_OBJECTS, _OLD_OBJECTS))
    new_manifest = directory / _NEW_MANIFEST
    if new_manifest.exists():
        if new_objects.exists():
            if objects.exists():
                objects.rename(old_objects)
            new_objects.rename(objects)
        new_manifest.replace(directory / _MANIFEST)
    for leftover in (new_objects, old_objects):
        shutil.rmtree(leftover, ignore_errors=True)


def _dump_bucket(bucket: Bucket, objects: Path) -> dict[str, Any]:
    """Write the files of a bucket below ``objects``; returns its entry for the manifest."""
    versions = [
        version for key in bucket.version_keys.since("") for version in reversed(tuple(bucket.newest_first(key)))
    ]
    paths = _file_paths(bucket.name, versions)
    what = f"dumping {bucket.name}, objects"
    entry = {
        "region": bucket.region,
        "created": _to_json(bucket.created),
        "owner": bucket.owner,
        "versioning": bucket.versioning,
        "lock_enabled": bucket.lock_enabled or None,
        "configurations": {name: _to_json(value) for name, value in bucket.configurations.items()},
        "objects": [
            _dump_version(version, path, objects)
            for version, path in show_progress(zip(versions, paths, strict=True), what, len(versions))
        ],
    }
    return {name: value for name, value in entry.items() if value is not None}


def _dump_version(version: Version, path: str, objects: Path) -> dict[str, Any]:
    """Write the file of a version; returns its entry for the manifest."""
    header = {"key": version.key, "modified": _to_json(version.modified)}
    if version.version_id != "null":
        header["version_id"] = version.version_id
    if isinstance(version, DeleteMarker):
        return {**header, "delete_marker": True}
    if not version.content.holds_bytes:
        raise ValueError(f"the object {version.key!r} of put_sized has no bytes that could be dumped: delete it before")
    file = objects / PurePosixPath(path).relative_to(_OBJECTS)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.writelines(version.content.segments)
    details = {
        "etag": version.etag if version.encryption.hides_md5 else None,
        "checksum": [version.checksum.algorithm, version.checksum.type] if version.checksum else None,
        "parts": [[part.number, part.size, bool(part.checksum)] for part in version.parts] or None,
    }
    details = {name: value for name, value in details.items() if value is not None}
    return {**header, "file": path, **details, "properties": _to_json(version.properties)}


def _file_paths(bucket: str, versions: Iterable[Version]) -> Iterator[str]:
    """The relative path of each version's file: made of the key, with ``%`` appended where another file has that path.

    >>> markers = [DeleteMarker(key, datetime.now(), "null", 0) for key in ("a", "a/b", "A/b", "x//..", "")]
    >>> list(_file_paths("b", markers))
    ['objects/b/a%', 'objects/b/a/b', 'objects/b/A/b%', 'objects/b/x/%/%2E%2E', 'objects/b/%']
    """
    paths = [_key_path(bucket, version.key) for version in versions]
    used = {str(parent).lower() for path in paths for parent in path.parents}  # file systems may ignore case
    for path in paths:
        name = str(path)
        while name.lower() in used:
            name += "%"
        used.add(name.lower())
        yield name


def _key_path(bucket: str, key: str) -> PurePosixPath:
    """The path made of a key; of one too long for a file system, or too deep, its digest."""
    path = PurePosixPath(_OBJECTS, _file_name(bucket), *map(_file_name, key.split("/")))
    if len(str(path)) <= _MAX_PATH and len(path.parts) <= _MAX_LEVELS:
        return path
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return PurePosixPath(_OBJECTS, _file_name(bucket), f"%{digest}")


def _file_name(text: str) -> str:
    """One level of a key, percent-encoded and shortened to a file name that is valid everywhere, also on Windows.

    >>> [_file_name(text) for text in ("a.txt", "..", "a.", "a ", "con.txt")]
    ['a.txt', '%2E%2E', 'a%2E', 'a%20', '%63on.txt']
    """
    if text.strip(".") == "":
        return text.replace(".", "%2E") or "%"
    name = quote(text, safe=" !'()+,=@", errors="surrogatepass")
    name = _INVALID_ON_WINDOWS.sub(lambda match: f"%{ord(match[0]):02X}", name)
    if len(name) <= _MAX_NAME:
        return name
    return f"{name[:100]}%{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a dump; raises ValueError if the directory is no dump, or one of another format."""
    path = directory / _MANIFEST
    if (directory / _NEW_MANIFEST).exists():
        _finish_dump(directory)
    if not path.is_file():
        dumps = sorted(path.parent for path in directory.glob(f"*/{_MANIFEST}")) if directory.is_dir() else []
        hint = f"; did you mean {' or '.join(map(str, dumps))}?" if dumps else ""
        raise ValueError(f"{directory} holds no dump, there is no {_MANIFEST} in it{hint}")
    try:
        manifest: Any = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except RecursionError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise ValueError(
            f"{path} is of format {found!r}, this fakes3mp reads format {FORMAT}: "
            "load it with the version that wrote it, or dump the state again with this one"
        )
    for name in ("region", "account_id", "buckets"):
        if name not in manifest:
            raise ValueError(f"{path} has no {name!r}")
    if not isinstance(manifest["buckets"], dict):
        raise ValueError(f"{path} has no object as 'buckets'")
    return manifest


def load(store: Store, directory: Path, manifest: Mapping[str, Any], check_configuration: ConfigurationCheck) -> None:
    """Create the buckets and objects of a dump in a store.

    Raises ValueError if the manifest lacks something, or has something of another type than ``dump`` writes, or a
    configuration that ``check_configuration`` refuses; if a file is missing or outside the directory, or if it does not
    have the size that the manifest says for its parts.
    """
    with store.lock:
        for load_part in (_create_bucket, _load_bucket):  # all buckets first: configurations may name others
            for name, entry in manifest["buckets"].items():
                if not _BUCKET_NAME.fullmatch(name):
                    raise ValueError(
                        f"{directory / _MANIFEST} has a bucket named {name!r}, which no bucket can be named"
                    )
                try:
                    load_part(store, name, entry, directory, check_configuration)
                except (KeyError, TypeError, AttributeError, OverflowError, RecursionError, S3Error) as error:
                    message = (
                        f"{directory / _MANIFEST}: the entry of bucket {name!r} is not as dump() writes it: {error!r}"
                    )
                    raise ValueError(message) from None


def _create_bucket(store: Store, name: str, entry: Mapping[str, Any], *_: Any) -> None:
    bucket = store.create_bucket(name, _from_json(str, entry["region"]), _from_json(str, entry["owner"]))
    bucket.created = _from_json(datetime, entry["created"])
    bucket.versioning = _from_json(str | None, entry.get("versioning"))
    if bucket.versioning not in _VERSIONING:
        raise TypeError(f"versioning is one of {_VERSIONING}, not {bucket.versioning!r}")
    bucket.lock_enabled = _from_json(bool, entry.get("lock_enabled", False))


def _load_bucket(
    store: Store, name: str, entry: Mapping[str, Any], directory: Path, check_configuration: ConfigurationCheck
) -> None:
    """The configurations and objects of a bucket that is there."""
    bucket = store.bucket(name)
    configurations = {
        document: _from_json(_CONFIGURATION_TYPES.get(document, Any), value)
        for document, value in entry["configurations"].items()
    }
    for (
        document,
        value,
    ) in configurations.items():  # before any holds: some are refused beside others, but may have come first
        check_configuration(bucket, document, value)
    for document, value in configurations.items():
        bucket.configure(document, value)
    for version_entry in show_progress(entry["objects"], f"loading {name}, objects"):
        _load_version(store, bucket, version_entry, directory)


def _load_version(store: Store, bucket: Bucket, entry: Mapping[str, Any], directory: Path) -> None:
    key, modified = _from_json(str, entry["key"]), _from_json(datetime, entry["modified"])
    version_id = _from_json(str, entry.get("version_id", "null"))
    if entry.get("delete_marker"):
        bucket.add_delete_marker(DeleteMarker(key, modified, version_id, store.next_sequence()))
        return
    file = directory / entry["file"]
    if directory.resolve() not in file.resolve().parents:
        raise ValueError(f"{entry['file']}, the object {bucket.name}/{key}, is outside of {directory}")
    if not file.is_file():
        raise ValueError(f"{file}, the object {bucket.name}/{key}, is missing from the dump")
    entries_of_parts = _from_json(tuple[tuple[int | bool, ...], ...], entry.get("parts", []))
    content, sizes = Content.of(file.read_bytes()), [size for _, size, _ in entries_of_parts]
    if sizes and (sum(sizes) != content.size or min(sizes) < 0):
        raise ValueError(
            f"{file} has {content.size} bytes, its parts in {_MANIFEST} add up to {sum(sizes)}: "
            "correct the sizes there, or remove the parts to make it an object that was put in one piece"
        )
    part_contents = list(_split(content, sizes))
    algorithm, checksum_type = entry.get("checksum", (None, None))
    parts = tuple(
        ObjectPart(number, size, part_content.checksum(algorithm) if has_checksum else None)
        for (number, size, has_checksum), part_content in zip(entries_of_parts, part_contents, strict=True)
    )
    etag = digests.multipart_etag([part.md5 for part in part_contents]) if part_contents else content.md5.hex()
    version = S3Object(
        key=key,
        content=content,
        etag=_from_json(str, entry.get("etag", etag)),
        modified=modified,
        properties=_from_json(Properties, entry["properties"]),
        checksum=_checksum(algorithm, checksum_type, content, part_contents),
        parts=parts,
        version_id=version_id,
        sequence=store.next_sequence(),
    )
    bucket.put(version)
    if version.properties.replication == "PENDING":
        replicate_change(store, "ObjectCreated:Put", bucket, version)
    if version.properties.restoration is not None:
        schedule_next_step(store, bucket, version, version.properties.restoration)


def _split(content: Content, sizes: Iterable[int]) -> Iterator[Content]:
    """Parts of these sizes in bytes."""
    first = 0
    for size in sizes:
        yield content.cut(first, first + size - 1) if size else Content.of(b"")
        first += size


def _checksum(
    algorithm: str | None, checksum_type: str | None, content: Content, parts: list[Content]
) -> Checksum | None:
    if algorithm is None:
        return None
    if checksum_type != digests.COMPOSITE:
        return content.checksum(algorithm)
    return digests.composite_checksum(algorithm, [part.digest(algorithm) for part in parts])


# Values of ``core`` as JSON: structs are objects without the fields that have their default, datetimes are
# {"$date": "2026-01-01T00:00:00+00:00"}.


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.isoformat()}
    if isinstance(value, Struct):
        members = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
        return {name: _to_json(member) for name, (member, default) in members.items() if member != default}
    if isinstance(value, Mapping):
        return {name: _to_json(member) for name, member in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def _from_json(type_: Any, value: Any) -> Any:
    """A JSON value as a value of a type: a struct, a tuple, a datetime, a union, any. TypeError where it is none."""
    options = get_args(type_) if get_origin(type_) in (Union, types.UnionType) else (type_,)
    converted = _converted(next((option for option in options if option is not type(None)), Any), value)
    if not any(_is_of_type(converted, option) for option in options):
        raise TypeError(f"{value!r} where {type_} is needed")
    return converted


def _converted(type_: Any, value: Any) -> Any:
    if isinstance(value, dict) and "$date" in value:
        date = datetime.fromisoformat(value["$date"])
        if date.tzinfo is None:
            raise TypeError(f"the date {value['$date']!r} has no offset from UTC, as in +00:00")
        return date
    if isinstance(value, dict) and isinstance(type_, type) and issubclass(type_, Struct):
        hints = _type_hints(type_)
        return type_(**{name: _from_json(hints[name], member) for name, member in value.items()})
    if isinstance(value, list):
        item_types = get_args(type_) or (Any, ...)
        if item_types[-1] is Ellipsis or get_origin(type_) is not tuple:
            item_types = item_types[:1] * len(value)
        items = [_from_json(item_type, item) for item_type, item in zip(item_types, value, strict=True)]
        return tuple(items) if get_origin(type_) is tuple else items
    if isinstance(value, dict):
        _, value_type = get_args(type_) or (str, Any)
        return {name: _from_json(value_type, member) for name, member in value.items()}
    return value


def _is_of_type(value: Any, type_: Any) -> bool:
    """Whether a value is of a type, whose own arguments are not looked at."""
    return type_ is Any or isinstance(value, get_origin(type_) or type_)


@cache
def _type_hints(type_: type) -> dict[str, Any]:
    return get_type_hints(type_)
