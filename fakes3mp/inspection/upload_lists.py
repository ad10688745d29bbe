"""The views of a fake's uploads as a sequence, and how they are built from its state and its calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import repeat
from typing import Any, ClassVar, overload

from fakes3mp.core.content import Content
from fakes3mp.core.state import StoreState
from fakes3mp.core.uploads import Part, PartRecord, Upload
from fakes3mp.digests import ALGORITHMS, Checksum
from fakes3mp.inspection import spelling
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import PART_OPERATIONS, Call
from fakes3mp.inspection.failures import failure, list_items, suggest, why_no_upload
from fakes3mp.inspection.part_views import ETag, PartView, attempts_of
from fakes3mp.inspection.upload_views import UPLOAD_FIELDS, UploadView


class StoredUploads(Sequence[UploadView]):
    """The views of all uploads in a state of the store; each is built when it is asked for.

    Parameters
    ----------
    state : StoreState
        A copy of the store's state, which nobody changes.
    calls : Calls
        The calls recorded so far.
    """

    def __init__(self, state: StoreState, calls: Calls) -> None:
        self._state, self._calls = state, calls

    @cached_property
    def _uploads(self) -> Sequence[Upload]:
        """In order of initiation."""
        return _in_order(self._state.uploads.values())

    @cached_property
    def _calls_by_upload(self) -> Mapping[Any, list[Call]]:
        """The calls that have an upload id as a parameter or, as CreateMultipartUpload, in their result; by that id."""
        calls: dict[Any, list[Call]] = {}
        for call in self._calls:
            for upload_id in {call.params.get("UploadId"), (call.result or {}).get("UploadId")}:
                calls.setdefault(upload_id, []).append(call)
        return calls

    @overload
    def __getitem__(self, index: int) -> UploadView: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[UploadView, ...]: ...
    def __getitem__(self, index: int | slice) -> UploadView | tuple[UploadView, ...]:
        if isinstance(index, slice):
            return tuple(map(self._view, self._uploads[index]))
        return self._view(self._uploads[index])

    def __len__(self) -> int:
        return len(self._state.uploads)

    def select(self, fields: Mapping[str, Any]) -> Iterator[UploadView]:
        """The views of those that may have these values, without a look at the others' parts."""
        uploads = self._open_uploads() if fields.get("state") == "open" else self._uploads
        names = [name for name in ("id", "bucket", "key") if name in fields]
        for upload in uploads:
            if fields.get("state", upload.state.value) != upload.state.value:
                continue
            if all(fields[name] == getattr(upload, name) for name in names):
                yield self._view(upload)

    def _open_uploads(self) -> Sequence[Upload]:
        """In order of initiation."""
        ids = (upload_id for bucket in self._state.buckets.values() for upload_id in bucket.uploads.values())
        return _in_order(map(self._state.uploads.__getitem__, ids))

    def _view(self, upload: Upload) -> UploadView:
        completion = upload.completion
        content = None if completion is None else completion.content()
        return UploadView(
            id=upload.id,
            bucket=upload.bucket,
            key=upload.key,
            state=upload.state.value,
            initiated=upload.initiated,
            etag=ETag(f'"{completion.etag}"') if completion else None,
            metadata=dict(upload.properties.attributes.metadata or {}),
            build_parts=partial(self._view_parts, upload, content),
            find_calls=partial(self._calls_of, upload.id),
        )

    def _calls_of(self, upload_id: str) -> Calls:
        return Calls(self._calls_by_upload.get(upload_id, []))

    def _view_parts(self, upload: Upload, object_content: Content | None) -> tuple[PartView, ...]:
        """The views of the stored parts. ``object_content`` is that of the object which a completed upload became."""
        by_number: dict[int, list[Call]] = {}
        for call in self._calls_by_upload.get(upload.id, []):
            if call.operation in PART_OPERATIONS and "PartNumber" in call.params:
                by_number.setdefault(call.params["PartNumber"], []).append(call)
        return tuple(
            _part_view(part, checksum, content, by_number.get(part.number, []))
            for part, checksum, content in _shown_parts(upload, object_content)
        )


def _in_order(uploads: Iterable[Upload]) -> Sequence[Upload]:
    return sorted(uploads, key=lambda upload: upload.sequence)


def _shown_parts(
    upload: Upload, object_content: Content | None
) -> Iterator[tuple[Part | PartRecord, Checksum | None, Content | None]]:
    """The parts of an upload; where it is completed, the object holds their bytes, if it is there."""
    if upload.completion is None:
        for part in upload.parts.values():
            yield part, upload.part_checksum(part), part.content
    else:
        records = upload.completion.parts
        contents = repeat(None) if object_content is None else object_content.joined
        for record, content in zip(records, contents, strict=False):
            yield record, record.checksum, content


def _part_view(
    part: Part | PartRecord, checksum: Checksum | None, content: Content | None, calls: Sequence[Call]
) -> PartView:
    attempts = attempts_of(calls, stored=True)
    stored = next((attempt.call for attempt in attempts if attempt.outcome == "stored"), None)
    result = (stored.result if stored else None) or {}
    return PartView(
        number=part.number,
        etag=ETag(f'"{part.etag}"'),
        size=part.size,
        checksums={checksum.algorithm: checksum.value} if checksum else _checksums_in(result),
        attempts=attempts,
        content=_recorded_body(stored) if content is None else content,
    )


def _recorded_body(call: Call | None) -> Content | None:
    """The body of the call that stored a part, if the call log has it."""
    body = call.params.get("Body") if call else None
    return Content.of(body) if isinstance(body, (bytes, memoryview)) else None


def _checksums_in(result: Mapping[str, Any]) -> dict[str, str]:
    """The checksums in the result of a call, by algorithm."""
    return {name: result[algorithm.member] for name, algorithm in ALGORITHMS.items() if algorithm.member in result}


class UploadViews(Sequence[UploadView]):
    """A read-only sequence of uploads, in the order in which they were initiated.

    An index gives an UploadView, a slice gives UploadViews. It equals a list, tuple or UploadViews of equal views.

    Parameters
    ----------
    uploads : Sequence[UploadView]
        The views; a fake's are in ``fake.uploads``.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
    ...     response = fake.client().create_multipart_upload(Bucket="media", Key="video.mp4")
    >>> len(fake.uploads), fake.uploads[0].key, len(fake.uploads.completed)
    (1, 'video.mp4', 0)
    """

    def __init__(self, uploads: Sequence[UploadView], calls: Sequence[Call] = ()) -> None:
        self._uploads = uploads if isinstance(uploads, StoredUploads) else tuple(uploads)
        self._calls = calls  # all that were recorded, which may tell why there is no upload

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy make it of again."""
        return UploadViews, (tuple(self._uploads), self._calls)

    @overload
    def __getitem__(self, index: int) -> UploadView: ...
    @overload
    def __getitem__(self, index: slice) -> UploadViews: ...
    def __getitem__(self, index: int | slice) -> UploadView | UploadViews:
        return UploadViews(self._uploads[index], self._calls) if isinstance(index, slice) else self._uploads[index]

    def __len__(self) -> int:
        return len(self._uploads)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (UploadViews, list, tuple)) else NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._uploads))

    def of(self, **fields: Any) -> UploadViews:
        """The uploads whose attributes have these values.

        Parameters
        ----------
        **fields : Any
            Attributes of UploadView with their values: ``key="video.mp4"``, ``bucket=``, ``id=``, ``state=``.

        Returns
        -------
        UploadViews
            The matching uploads, in order; empty if there are none.

        Raises
        ------
        ValueError
            If UploadView has no such attribute; the message names the nearest one.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> FakeS3().uploads.of(key="video.mp4", state="open")
        []
        """
        for name in fields:
            spelling.check_name("field of an upload called", name, UPLOAD_FIELDS)
        uploads = self._uploads.select(fields) if isinstance(self._uploads, StoredUploads) else self._uploads
        matching = [upload for upload in uploads if all(fields[name] == getattr(upload, name) for name in fields)]
        return UploadViews(matching, self._calls)

    def one(self, **fields: Any) -> UploadView:
        """The only upload whose attributes have these values.

        Parameters
        ----------
        **fields : Any
            Attributes of UploadView with their values, as in ``of``; without any, there must be only one upload.

        Returns
        -------
        UploadView

        Raises
        ------
        AssertionError
            If no upload matches, or several; the message lists the uploads.
        ValueError
            If UploadView has no such attribute; the message names the nearest one.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        ...     response = fake.client().create_multipart_upload(Bucket="media", Key="video.mp4")
        >>> fake.uploads.one(key="video.mp4").id == response["UploadId"]
        True
        """
        matching = self.of(**fields)
        if len(matching) == 1:
            return matching[0]
        condition = f" with {', '.join(f'{name}={value!r}' for name, value in fields.items())}" if fields else ""
        details = suggest(fields["key"], [upload.key for upload in self]) if not matching and "key" in fields else []
        details += list_items(matching or self, "matching uploads" if matching else "uploads")
        details += [] if matching else why_no_upload(self._calls, fields)
        raise failure(f"expected exactly one upload{condition}, found {len(matching)}", details)

    @property
    def open(self) -> UploadViews:
        """The uploads that are neither completed nor aborted; S3 charges for their parts.

        Returns
        -------
        UploadViews
            In the order in which they were initiated.
        """
        return self.of(state="open")

    @property
    def completed(self) -> UploadViews:
        """The uploads that became an object.

        Returns
        -------
        UploadViews
            In the order in which they were initiated.
        """
        return self.of(state="completed")

    @property
    def aborted(self) -> UploadViews:
        """The uploads that AbortMultipartUpload or a lifecycle rule ended.

        Returns
        -------
        UploadViews
            In the order in which they were initiated.
        """
        return self.of(state="aborted")
