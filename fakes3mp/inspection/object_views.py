"""Read-only views of objects and buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.objects import S3Object
from fakes3mp.inspection.formatting import count, short_repr
from fakes3mp.inspection.part_views import ETag, PartView
from fakes3mp.inspection.spelling import did_you_mean


@dataclass(frozen=True, repr=False)
class ObjectView:
    """A version of an object, as it was when it was looked at; later calls do not change the view.

    Two views are equal if all attributes but ``content`` and ``older`` are.

    Attributes
    ----------
    bucket : str
        The bucket's name.
    key : str
        The object's key.
    etag : ETag
        The ETag (O14, F48); it equals the same text without quotes too.
    size : int
        The size in bytes.
    modified : datetime
        When the object was written, by the fake's clock: an aware datetime in whole seconds.
    metadata : Mapping[str, str]
        The user metadata (``Metadata``), without the prefix ``x-amz-meta-``.
    content_type : str or None
        The ``ContentType`` that was given; None if none was.
    checksums : Mapping[str, str]
        The checksums in base64 by algorithm: ``{"CRC32": "NhCmhg=="}``. A composite one ends with the number of parts,
        ``-2`` (F57).
    checksum_type : str or None
        ``"FULL_OBJECT"`` or ``"COMPOSITE"``; None without a checksum.
    part_sizes : tuple[int, ...]
        The sizes in bytes of the parts that a multipart upload made the object of; empty after PutObject.
    content : Content
        The bytes, shared with the store; use ``body``.
    tags : Mapping[str, str]
        The object's tags.
    storage_class : str or None
        The ``StorageClass`` that was given; None stands for STANDARD.
    version_id : str
        The version id; ``"null"`` for an object written while the bucket was not versioned.
    older : tuple[ObjectView, ...]
        The older versions of the key, newest first, without delete markers; see ``versions``.

    Examples
    --------
    >>> from fakes3mp import FakeS3, etag_of
    >>> fake = FakeS3(buckets=["media"])
    >>> fake.put("media", "a.txt", b"hello", Metadata={"author": "me"})
    <object 'media/a.txt': 5 bytes, "5d41402abc4b2a76b9719d911017c592">
    >>> view = fake.object("media", "a.txt")
    >>> view.body, view.metadata, view.etag == etag_of(b"hello")
    (b'hello', {'author': 'me'}, True)
    """

    bucket: str
    key: str
    etag: ETag
    size: int
    modified: datetime
    metadata: Mapping[str, str]
    content_type: str | None
    checksums: Mapping[str, str]
    checksum_type: str | None
    part_sizes: tuple[int, ...]
    content: Content = field(compare=False)
    tags: Mapping[str, str]
    storage_class: str | None
    version_id: str
    older: tuple[ObjectView, ...] = field(compare=False)

    def __repr__(self) -> str:
        path = short_repr(f"{self.bucket}/{self.key}")
        parts = f" in {count(len(self.part_sizes), 'part')}" if self.part_sizes else ""
        version = f", version {self.version_id}" if self.version_id != "null" else ""
        return f"<object {path}: {count(self.size, 'byte')}{parts}, {self.etag}{version}>"

    @property
    def body(self) -> bytes:
        """The object's bytes.

        Returns
        -------
        bytes
            After a multipart upload the parts are joined anew each time that the property is read.
        """
        return self.content.read()

    def text(self, encoding: str = "utf-8") -> str:
        """The object's bytes as text.

        Parameters
        ----------
        encoding : str, default "utf-8"
            The encoding of the bytes.

        Returns
        -------
        str

        Raises
        ------
        UnicodeDecodeError
            Where the bytes are not in this encoding.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(buckets=["media"]).put("media", "a.txt", "grün").text()
        'grün'
        """
        return self.body.decode(encoding)

    def json(self) -> Any:
        """The object's bytes, read as JSON.

        Returns
        -------
        object
            What the JSON document stands for.

        Raises
        ------
        ValueError
            Where the bytes are not JSON.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(buckets=["media"]).put("media", "a.json", '{"a": [1, 2]}').json()
        {'a': [1, 2]}
        """
        return json.loads(self.body)

    @property
    def versions(self) -> tuple[ObjectView, ...]:
        """All versions of the key from this one to the oldest, newest first, without delete markers.

        Returns
        -------
        tuple[ObjectView, ...]
            Only this one where the bucket was never versioned.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     s3 = fake.client()
        ...     enabled = {"Status": "Enabled"}
        ...     response = s3.put_bucket_versioning(Bucket="media", VersioningConfiguration=enabled)
        ...     for body in (b"first", b"second"):
        ...         response = s3.put_object(Bucket="media", Key="a.txt", Body=body)
        >>> [version.body for version in fake.object("media", "a.txt").versions]
        [b'second', b'first']
        """
        return (self, *self.older)

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts that a multipart upload made the object of.

        Returns
        -------
        tuple[PartView, ...]
            Numbered from 1 in their order in the object, whatever their numbers in the upload were. Their ``etag`` is the
            MD5 of their bytes; they have no ``checksums`` and no ``attempts``: see ``fake.uploads`` for those. Empty
            after PutObject.

        Examples
        --------
        >>> import io
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     fake.client().upload_fileobj(io.BytesIO(bytes(10 << 20)), "media", "video.mp4")
        >>> [(part.number, part.size) for part in fake.object("media", "video.mp4").parts]
        [(1, 8388608), (2, 2097152)]
        """
        start, parts = 0, []
        for number, size in enumerate(self.part_sizes, 1):
            content = self.content.cut(start, start + size - 1) if size else Content.of(b"")
            parts.append(PartView(number, ETag(f'"{content.md5.hex()}"'), size, {}, (), content))
            start += size
        return tuple(parts)


def object_view(bucket: Bucket, key: str) -> ObjectView:
    """A view of a key's current object with its older versions; NoSuchKey if there is none."""
    bucket.current(key)
    views: tuple[ObjectView, ...] = ()  # the newest first
    for version in reversed([version for version in bucket.newest_first(key) if isinstance(version, S3Object)]):
        views = (_version_view(bucket.name, version, older=views), *views)
    return views[0]


def _version_view(bucket: str, version: S3Object, older: tuple[ObjectView, ...]) -> ObjectView:
    checksum = version.checksum
    return ObjectView(
        bucket=bucket,
        key=version.key,
        etag=ETag(f'"{version.etag}"'),
        size=version.size,
        modified=version.modified,
        metadata=dict(version.attributes.metadata or {}),
        content_type=version.attributes.content_type,
        checksums={checksum.algorithm: checksum.value} if checksum else {},
        checksum_type=checksum.type if checksum else None,
        part_sizes=tuple(part.size for part in version.parts),
        content=version.content,
        tags=dict(version.properties.tags),
        storage_class=version.attributes.storage_class,
        version_id=version.version_id,
        older=older,
    )


class BucketView(Mapping[str, ObjectView]):
    """A bucket, as it was when it was looked at: a read-only mapping of keys to ObjectViews.

    Keys whose newest version is a delete marker are not in it. The view of an object is built when it is asked for. An
    unknown key is a KeyError that names the nearest one. Two views are equal if names, regions and objects are.

    Attributes
    ----------
    name : str
        The bucket's name.
    region : str
        The bucket's region.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> fake = FakeS3(buckets=["media"], region="eu-west-1")
    >>> view = fake.put("media", "a.txt", b"hello")
    >>> bucket = fake.buckets["media"]
    >>> bucket.name, bucket.region, len(bucket), "b.txt" in bucket, bucket["a.txt"].body
    ('media', 'eu-west-1', 1, False, b'hello')
    """

    __slots__ = ("_bucket", "name", "region")

    def __init__(self, bucket: Bucket) -> None:
        self.name: str = bucket.name
        self.region: str = bucket.region
        self._bucket = bucket

    def __repr__(self) -> str:
        return f"<bucket {self.name!r} in {self.region}: {count(len(self), 'object')}>"

    def keys(self) -> list[str]:  # type: ignore[override]
        """The keys in S3's order, that of their UTF-8 bytes (F114).

        Returns
        -------
        list[str]

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"])
        >>> views = [fake.put("media", key, b"") for key in ("b", "a", "B")]
        >>> fake.buckets["media"].keys()
        ['B', 'a', 'b']
        """
        return list(self._bucket.objects)

    @property
    def objects(self) -> tuple[ObjectView, ...]:
        """The objects in the order of their keys.

        Returns
        -------
        tuple[ObjectView, ...]

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"])
        >>> fake.fill("media", {"b": b"22", "a": b"1"})
        2
        >>> [(view.key, view.size) for view in fake.buckets["media"].objects]
        [('a', 1), ('b', 2)]
        """
        return tuple(self.values())

    def __getitem__(self, key: str) -> ObjectView:
        if key not in self._bucket.objects:
            raise KeyError(f"no object {key!r} in {self.name!r}{did_you_mean(key, self._bucket.objects)}")
        return object_view(self._bucket, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._bucket.objects)

    def __len__(self) -> int:
        return len(self._bucket.objects)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BucketView):
            return (self.name, self.region, *self.objects) == (other.name, other.region, *other.objects)
        return NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]


class BucketViews(Mapping[str, BucketView]):
    """The buckets of a fake by name, in order of their names; an unknown name is a KeyError that names the nearest one.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> fake = FakeS3(buckets=["media", "backup"])
    >>> list(fake.buckets), fake.buckets["media"].region
    (['backup', 'media'], 'us-east-1')
    >>> fake.buckets["medai"]
    Traceback (most recent call last):
    KeyError: "no bucket 'medai'; did you mean media?"
    """

    __slots__ = ("_buckets",)

    def __init__(self, buckets: Mapping[str, Bucket]) -> None:
        self._buckets = buckets

    def __repr__(self) -> str:
        return repr(dict(self))

    def __getitem__(self, name: str) -> BucketView:
        if name not in self._buckets:
            raise KeyError(f"no bucket {name!r}{did_you_mean(name, self._buckets)}")
        return BucketView(self._buckets[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._buckets)

    def __len__(self) -> int:
        return len(self._buckets)
