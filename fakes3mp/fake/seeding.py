"""The methods of FakeS3 that put something into it without a client, and those that make clients."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.content import Content
from fakes3mp.core.new_buckets import NewBuckets, is_legacy
from fakes3mp.core.store import Store
from fakes3mp.fake.seed_bodies import SeedBody, read_seed_body
from fakes3mp.service.own_calls import put_objects, put_parts
from fakes3mp.service.service import Service

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client, S3ServiceResource  # Any where the user has no boto3-stubs

    from fakes3mp.inspection.object_views import BucketView, ObjectView


class SeedingMethods:
    """Part of FakeS3: buckets, objects and access points without a client; ready clients."""

    region: str
    _store: Store
    _service: Service
    _clients: dict[tuple[str, str, str], Any]

    def create_bucket(
        self, name: str, *, bucket_defaults: Literal["2023", "legacy"] | None = None, **params: Any
    ) -> BucketView:
        """Create a bucket without a client. The call is not recorded.

        Parameters
        ----------
        name : str
            The bucket's name.
        bucket_defaults : "2023" or "legacy", optional
            How open the bucket is at first: as the option of FakeS3, which it is by default.
        **params : object
            Further parameters of CreateBucket, by S3's names.

        Returns
        -------
        BucketView
            The new bucket.

        Raises
        ------
        S3Error
            Where S3 would refuse it: InvalidBucketName, BucketAlreadyExists ...
        TypeError
            For a parameter that CreateBucket does not act on.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().create_bucket("media").name
        'media'
        """
        from fakes3mp.inspection import lookup

        with self._store.lock:
            usual = self._store.new_buckets
            if bucket_defaults is not None:
                self._store.new_buckets = NewBuckets(is_legacy(bucket_defaults), usual.any_name)
            try:
                self._service.perform("CreateBucket", {"Bucket": name, **params})
            finally:
                self._store.new_buckets = usual
        return lookup.view_buckets(self._store)[name]

    def put(self, bucket: str, key: str, body: SeedBody, **params: Any) -> ObjectView:
        """Store an object without a client. The call is not recorded; faults do not apply.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key.
        body : bytes, bytearray, memoryview, str, os.PathLike, file or iterable of bytes
            The object's bytes: text in UTF-8, the contents of a path or an open file, chunks joined. ``bytes`` are not
            copied.
        **params : object
            Further parameters of PutObject, by S3's names, such as ``ContentType="text/plain"``.

        Returns
        -------
        ObjectView
            The new object.

        Raises
        ------
        S3Error
            Where S3 would refuse it: NoSuchBucket ...
        TypeError
            For a parameter that PutObject does not act on, and for a body of another type.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(buckets=["media"]).put("media", "a.txt", b"hello", ContentType="text/plain").size
        5
        """
        from fakes3mp.inspection import lookup

        self._put(bucket, key, body, params)
        return lookup.find_object(self._store, bucket, key)

    def put_file(self, bucket: str, key: str, path: str | os.PathLike[str], **params: Any) -> ObjectView:
        """Store the contents of a file as an object, without a client. The call is not recorded.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key.
        path : str or os.PathLike
            The file.
        **params : object
            Further parameters of PutObject, by S3's names.

        Returns
        -------
        ObjectView
            The new object.

        Raises
        ------
        OSError
            Where the file cannot be read.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(buckets=["media"]).put_file("media", "this.py", __file__).size > 0
        True
        """
        return self.put(bucket, key, Path(path), **params)

    def fill(self, bucket: str, bodies: Mapping[str, SeedBody] | Iterable[tuple[str, SeedBody]], **params: Any) -> int:
        """Store many objects, without a client: the same as ``put`` for each, but much faster, or nothing at all.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        bodies : mapping of str to body, or iterable of (key, body)
            Keys and bodies, as ``put`` takes them.
        **params : object
            Further parameters of PutObject, by S3's names, for every object.

        Returns
        -------
        int
            How many objects were stored.

        Raises
        ------
        S3Error
            Where S3 would refuse an object. Then none is stored.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"])
        >>> fake.fill("media", ((f"{number:03}", b"x") for number in range(100)))
        100
        >>> len(fake.buckets["media"])
        100
        """
        items = bodies.items() if isinstance(bodies, Mapping) else bodies
        contents = ((key, Content.of(read_seed_body(body))) for key, body in items)
        return put_objects(self._service, contents, {"Bucket": bucket, **params})

    def put_sized(
        self, bucket: str, key: str, *, size: int, parts: int | Sequence[int] | None = None, **params: Any
    ) -> ObjectView:
        """Store an object that has a size and no bytes in memory, without a client. The calls are not recorded.

        The byte at offset n of each part is n modulo 251. What is read, in ranges or in chunks, are these bytes, and CRCs
        are theirs. ETags, MD5 and SHA digests are theirs up to 16 MiB of one part or object; beyond that they are made up.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key.
        size : int
            The object's size in bytes.
        parts : int or sequence of int, optional
            How many parts a multipart upload makes it of, all of one size but for the last one, or the size of each. By
            default it is put in one piece, which S3 allows up to 5 GiB.
        **params : object
            Further parameters of PutObject, or of CreateMultipartUpload, by S3's names.

        Returns
        -------
        ObjectView
            The new object.

        Raises
        ------
        S3Error
            Where S3 would refuse it: EntityTooLarge, EntityTooSmall, InvalidArgument for too many parts ...
        ValueError
            Where the parts do not add up to the size.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"])
        >>> huge = fake.put_sized("media", "huge", size=5 << 40, parts=10_000)
        >>> huge.size, len(huge.part_sizes), huge.etag[-7:]
        (5497558138880, 10000, '-10000"')
        """
        from fakes3mp.core.repeated_content import RepeatedContent, part_sizes
        from fakes3mp.inspection import lookup

        target = {"Bucket": bucket, "Key": key, **params}
        if parts is None:
            self._service.perform("PutObject", {**target, "Body": RepeatedContent(size)})
        else:
            sizes = part_sizes(size, parts)
            contents = {size: RepeatedContent(size) for size in set(sizes)}
            put_parts(self._service, map(contents.__getitem__, sizes), target)
        return lookup.find_object(self._store, bucket, key)

    def _put(self, bucket: str, key: str, body: SeedBody, params: Mapping[str, Any]) -> None:
        content = Content.of(read_seed_body(body))
        content_md5 = content.checksum("MD5").value  # which buckets with Object Lock need (O212)
        required = {"Bucket": bucket, "Key": key, "Body": content, "ContentMD5": content_md5}
        self._service.perform("PutObject", {**required, **params})

    def create_access_point(self, name: str, bucket: str, *, outpost_id: str | None = None) -> AccessPoint:
        """Create an access point: another name for a bucket (S3's manual, "Access points").

        Parameters
        ----------
        name : str
            The access point's name.
        bucket : str
            The name of its bucket.
        outpost_id : str, optional
            The id of an Outpost, for an access point on it.

        Returns
        -------
        AccessPoint
            Its ``arn`` and its ``alias`` can be used as ``Bucket``.

        Raises
        ------
        S3Error
            NoSuchBucket, where there is no such bucket.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3(buckets=["media"]).create_access_point("reports", "media").arn
        'arn:aws:s3:us-east-1:123456789012:accesspoint/reports'
        """
        with self._store.lock:
            region = self._store.bucket(bucket).region
            access_point = AccessPoint(name, self._store.account_id, region, bucket, self._store.now(), outpost_id)
            self._store.access_points[access_point.arn] = access_point
        return access_point

    @overload
    def client(self, service: Literal["s3"] = "s3", **options: Any) -> S3Client: ...
    @overload
    def client(self, service: str, **options: Any) -> Any: ...
    def client(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 client in the fake's region, without credentials of yours. It is created once for equal arguments.

        Its calls reach the fake while that is started.

        Parameters
        ----------
        service : str, default "s3"
            The service: "s3" or "s3control".
        **options : object
            Those of ``boto3.client``, such as ``config``.

        Returns
        -------
        botocore.client.BaseClient
            The client. For type checkers it is an S3Client where boto3-stubs are installed.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as s3:
        ...     [bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]]
        ['media']
        """
        return self._cached("client", service, options)

    @overload
    def resource(self, service: Literal["s3"] = "s3", **options: Any) -> S3ServiceResource: ...
    @overload
    def resource(self, service: str, **options: Any) -> Any: ...
    def resource(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 resource in the fake's region, without credentials of yours. It is created once for equal arguments.

        Its calls reach the fake while that is started.

        Parameters
        ----------
        service : str, default "s3"
            The service.
        **options : object
            Those of ``boto3.resource``, such as ``config``.

        Returns
        -------
        boto3.resources.base.ServiceResource
            The resource.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as s3:
        ...     [bucket.name for bucket in s3.resource().buckets.all()]
        ['media']
        """
        return self._cached("resource", service, options)

    def _cached(self, kind: str, service: str, options: Mapping[str, Any]) -> Any:
        from fakes3mp.interceptors.sessions import session

        arguments = kind, service, repr(sorted(options.items()))
        if arguments not in self._clients:
            self._clients[arguments] = getattr(session(self.region), kind)(service, **options)
        return self._clients[arguments]
