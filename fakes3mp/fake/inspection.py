"""The methods of FakeS3 that show what is in it and what was called, and those that assert it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fakes3mp.core.notification import EVENTS
from fakes3mp.core.store import Store
from fakes3mp.inspection import spelling
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.call_log import CallLog
from fakes3mp.service.events import Listener
from fakes3mp.service.service import Service

if TYPE_CHECKING:
    from fakes3mp.inspection.object_views import BucketView, ObjectView
    from fakes3mp.inspection.upload_lists import UploadViews
    from fakes3mp.names import OperationName


class InspectionMethods:
    """Part of FakeS3: views, calls, events and assertions."""

    _store: Store
    _service: Service
    _call_log: CallLog

    @property
    def uploads(self) -> UploadViews:
        """Every multipart upload ever initiated, in that order, as it is now. Later calls do not change the views.

        Returns
        -------
        UploadViews
            A sequence of UploadView, with ``one(...)``, ``open``, ``completed`` and ``aborted``.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"], open_uploads="ignore") as s3:
        ...     upload = s3.client().create_multipart_upload(Bucket="media", Key="video.mp4")
        >>> s3.uploads.one(key="video.mp4").state
        'open'
        """
        from fakes3mp.inspection import lookup

        return lookup.view_uploads(self._store, self.calls)

    @property
    def buckets(self) -> Mapping[str, BucketView]:
        """The buckets by name, as they are now. Later calls do not change the views.

        Returns
        -------
        mapping of str to BucketView
            In the order of the names. An unknown name raises KeyError with the nearest one.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> s3.buckets["media"].keys()
        ['a.txt']
        """
        from fakes3mp.inspection import lookup

        return lookup.view_buckets(self._store)

    def object(self, bucket: str, key: str) -> ObjectView:
        """The current version of an object, as it is now. Later calls do not change the view.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key.

        Returns
        -------
        ObjectView
            With ``body``, ``etag``, ``size``, ``parts``, ``metadata``, ``versions`` and more.

        Raises
        ------
        AssertionError
            Where there is no such object; it lists those that there are.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> s3.object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp.inspection import lookup

        return lookup.find_object(self._store, bucket, key)

    @property
    def calls(self) -> Calls:
        """Every recorded call, in the order in which they ended. Each attempt of a client that retries is a call.

        Returns
        -------
        Calls
            A sequence of Call, with ``of(...)`` and ``grouped``.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as s3:
        ...     response = s3.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
        >>> [call.operation for call in s3.calls]
        ['PutObject']
        """
        return self._call_log.calls

    def clear_calls(self) -> None:
        """Empty the call log and the event records. Buckets, objects and uploads stay.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3(); s3.clear_calls(); len(s3.calls)
        0
        """
        self._call_log.clear()
        self._service.events.clear()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The event records that the buckets' notification configurations asked for.

        Returns
        -------
        list of dict
            Copies, in order. Each is one of the ``Records`` of S3's message: ``{"Records": fake.events}`` is what a Lambda
            function is called with (S3's manual, "Event message structure").

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().events
        []
        """
        return self._service.events.records

    def event(self, bucket: str, key: str, event_name: str = "ObjectCreated:Put") -> dict[str, Any]:
        """The event notification record that S3 would send of a key, without a configuration and without a call.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key. Size and ETag are those of the object that is there.
        event_name : str, default "ObjectCreated:Put"
            S3's name of the event, with or without ``s3:`` (S3's manual, "Supported event types").

        Returns
        -------
        dict
            One of the ``Records`` of an event message, version 2.1.

        Raises
        ------
        S3Error
            NoSuchBucket.
        ValueError
            For an event that S3 does not have, with the nearest ones.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"]); view = fake.put("media", "a b.txt", b"hello")
        >>> record = fake.event("media", "a b.txt")
        >>> record["eventName"], record["s3"]["object"]["key"], record["s3"]["object"]["size"]
        ('ObjectCreated:Put', 'a+b.txt', 5)
        """
        name = event_name.removeprefix("s3:")
        spelling.check_name("event", f"s3:{name}", EVENTS)
        return self._service.events.build_record(bucket, key, name)

    def lambda_event(self, bucket: str, key: str, event_name: str = "ObjectCreated:Put") -> dict[str, Any]:
        """What AWS Lambda would call a function with for an event of a key: ``{"Records": [record]}``.

        Parameters
        ----------
        bucket, key, event_name : str
            As for ``event``.

        Returns
        -------
        dict
            The function's ``event`` argument.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3(buckets=["media"]); view = fake.put("media", "a.txt", b"hello")
        >>> [record["eventName"] for record in fake.lambda_event("media", "a.txt")["Records"]]
        ['ObjectCreated:Put']
        """
        return {"Records": [self.event(bucket, key, event_name)]}

    def on_event(self, listener: Listener) -> Listener:
        """Call a function with every event record from now on, after the call that caused it.

        An exception that it raises reaches the code that made the call.

        Parameters
        ----------
        listener : callable
            It is called with a record, a dict. It may call S3.

        Returns
        -------
        callable
            The function, so that this can be used as a decorator.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> s3 = FakeS3()
        >>> @s3.on_event
        ... def handle(record):
        ...     print(record["eventName"])
        """
        return self._service.events.on_event(listener)

    def assert_object(self, bucket: str, key: str, body: bytes | None = None, etag: str | None = None) -> None:
        """Assert that there is an object, with this body and ETag where they are given.

        Parameters
        ----------
        bucket : str
            The bucket's name.
        key : str
            The object's key.
        body : bytes, optional
            The object's bytes. By default they are not compared.
        etag : str, optional
            The object's ETag, with quotes or without. By default it is not compared.

        Raises
        ------
        AssertionError
            Where there is no such object, with a list of those that there are; where it differs, with the difference.

        Examples
        --------
        >>> from fakes3mp import FakeS3, etag_of
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> s3.assert_object("media", "a.txt", body=b"hello", etag=etag_of(b"hello"))
        """
        from fakes3mp.inspection import assertions

        assertions.assert_object(self.object(bucket, key), body, etag)

    def assert_called(self, operation: OperationName, *, times: int | None = None, **params: Any) -> None:
        """Assert that an operation was called with at least these parameters.

        A call that was retried counts once; ``calls.of(...)`` has each attempt.

        Parameters
        ----------
        operation : str
            S3's name of the operation, such as "UploadPart".
        times : int, optional
            How many times exactly. By default at least once.
        **params : object
            Parameters by S3's names, such as ``PartNumber=2``. ANY stands for any value.

        Raises
        ------
        AssertionError
            Otherwise; it shows the closest calls and how they differ.
        ValueError
            For an operation or a parameter that S3 does not have, with the nearest ones.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().assert_called("PutObject")
        Traceback (most recent call last):
        AssertionError: expected PutObject() to be called at least once, but it was called 0 times
          no S3 call was recorded: was the fake active while the code under test ran?
        """
        from fakes3mp.inspection import assertions

        assertions.assert_called(self.calls, operation, params, times)

    def assert_not_called(self, operation: OperationName, **params: Any) -> None:
        """Assert that an operation was not called with these parameters.

        Parameters
        ----------
        operation : str
            S3's name of the operation, such as "AbortMultipartUpload".
        **params : object
            Parameters by S3's names. ANY stands for any value.

        Raises
        ------
        AssertionError
            Otherwise; it shows the calls.
        ValueError
            For an operation or a parameter that S3 does not have, with the nearest ones.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().assert_not_called("AbortMultipartUpload", Bucket="media")
        """
        from fakes3mp.inspection import assertions

        assertions.assert_not_called(self.calls, operation, params)

    def assert_no_open_uploads(self) -> None:
        """Assert that every multipart upload was completed or aborted.

        Raises
        ------
        AssertionError
            Otherwise; it lists the open uploads.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().assert_no_open_uploads()
        """
        from fakes3mp.inspection import assertions

        assertions.assert_no_open_uploads(self.uploads)
