"""Read-only views of multipart uploads, with assertions about them. They are built in lookup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, overload

from fakes3mp.core.content import Content
from fakes3mp.inspection import spelling, timeline
from fakes3mp.inspection.calls import PART_OPERATIONS, Call, Calls
from fakes3mp.inspection.failures import explain_etag_difference, failure, list_items, suggest, why_no_upload
from fakes3mp.inspection.formatting import count, short_repr
from fakes3mp.inspection.part_views import ETag, PartView, attempts_of


@dataclass(frozen=True, repr=False)
class UploadView:
    """A multipart upload, as it was when it was looked at; later calls do not change the view.

    Two views are equal if all attributes but ``calls`` are.

    Attributes
    ----------
    id : str
        The UploadId.
    bucket : str
        The bucket's name.
    key : str
        The key of the object that the upload is to become.
    state : str
        ``"open"``, ``"completed"`` or ``"aborted"``.
    initiated : datetime
        When CreateMultipartUpload was called, by the fake's clock: an aware datetime.
    etag : ETag or None
        The ETag of the completed object (F48); None unless the upload is completed.
    metadata : Mapping[str, str]
        The user metadata given to CreateMultipartUpload.
    parts : tuple[PartView, ...]
        The stored parts in order of their numbers. A completed upload has those listed in CompleteMultipartUpload, the
        rest is dropped (F102); an aborted upload has none.
    calls : Calls
        The calls of this upload, failed ones and retries included, in the order in which they ended.

    Examples
    --------
    >>> import io
    >>> from fakes3mp import FakeS3
    >>> with FakeS3(buckets=["media"]) as fake:
    ...     fake.client().upload_fileobj(io.BytesIO(bytes(10 << 20)), "media", "video.mp4")
    >>> upload = fake.uploads.one(key="video.mp4")
    >>> upload.state, [part.size for part in upload.parts], upload.size
    ('completed', [8388608, 2097152], 10485760)
    """

    id: str
    bucket: str
    key: str
    state: Literal["open", "completed", "aborted"]
    initiated: datetime
    etag: ETag | None
    metadata: Mapping[str, str]
    parts: tuple[PartView, ...]
    calls: Calls = field(compare=False)

    def __repr__(self) -> str:
        path = short_repr(f"{self.bucket}/{self.key}")
        return f"<upload {path} {self.state}: {self._contents}, {self.id[:8]}...>"

    @property
    def _contents(self) -> str:
        return f"{count(len(self.parts), 'part')}, {count(self.size, 'byte')}"

    @property
    def size(self) -> int:
        """The size of all stored parts together.

        Returns
        -------
        int
            Bytes.
        """
        return sum(part.size for part in self.parts)

    def part(self, number: int) -> PartView:
        """The part with this number, stored or only attempted.

        Parameters
        ----------
        number : int
            The part number, from 1.

        Returns
        -------
        PartView
            If every attempt failed, its ``etag`` is None and its ``attempts`` say why.

        Raises
        ------
        AssertionError
            If no call tried to upload this part number; the message lists the parts that there are.

        Examples
        --------
        >>> import io
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     fake.client().upload_fileobj(io.BytesIO(bytes(10 << 20)), "media", "video.mp4")
        >>> fake.uploads.one().part(2).size
        2097152
        """
        if number not in self.attempted:
            parts = list_items(list(self.attempted.values()), "parts")
            raise failure(f"part {number} of {self!r} was never uploaded", parts)
        return self.attempted[number]

    @cached_property
    def attempted(self) -> Mapping[int, PartView]:
        """Every part that a call tried to upload, by part number; parts whose attempts all failed are included.

        Returns
        -------
        Mapping[int, PartView]
            In order of the numbers.
        """
        stored = {part.number: part for part in self.parts}
        calls: dict[int, list[Call]] = {number: [] for number in stored}
        for call in self.calls:
            if call.operation in PART_OPERATIONS and "PartNumber" in call.params:
                calls.setdefault(call.params["PartNumber"], []).append(call)
        return {number: stored.get(number) or _not_stored(number, calls[number]) for number in sorted(calls)}

    def assert_completed(self, parts: int | None = None, etag: str | None = None) -> None:
        """Assert that the upload was completed.

        Parameters
        ----------
        parts : int, optional
            The number of parts that the object must consist of.
        etag : str, optional
            The ETag that the object must have, with or without quotes; ``etag_of(data, part_size)`` computes it.

        Raises
        ------
        AssertionError
            If the upload is open or aborted, or if the number of parts or the ETag differs. The message has the calls of
            the upload or its parts, and what a wrong ETag tells of the cause (F48).

        Examples
        --------
        >>> import io
        >>> from fakes3mp import FakeS3, etag_of
        >>> data = bytes(10 << 20)
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     fake.client().upload_fileobj(io.BytesIO(data), "media", "video.mp4")
        >>> fake.uploads.one().assert_completed(parts=2, etag=etag_of(data, part_size=8 << 20))
        """
        if self.state != "completed":
            expected = f"expected the upload of {self.key!r} to be completed, but it is {self.state}"
            raise failure(expected, [*self._why_not_completed(), *self.timeline().splitlines()])
        if parts is not None and len(self.parts) != parts:
            expected = f"expected {count(parts, 'part')}, found {len(self.parts)}"
            raise failure(expected, list_items(self.parts, "parts"))
        if etag is not None and self.etag != etag:
            causes = explain_etag_difference(str(self.etag), etag)
            raise failure(f"expected ETag {etag}, found {self.etag}", [*causes, *list_items(self.parts, "parts")])

    def _why_not_completed(self) -> list[str]:
        completions = [call for call in self.calls if call.operation == "CompleteMultipartUpload"]
        if not completions:
            return ["no CompleteMultipartUpload call was recorded for it"]
        error = completions[-1].error
        return [f"the last CompleteMultipartUpload call failed with {error}"] if error else []

    def assert_contiguous(self) -> None:
        """Assert that the stored parts are numbered 1, 2, 3 ... without a gap.

        S3 itself accepts gaps (F44, F101); a client that leaves one has often lost a part.

        Raises
        ------
        AssertionError
            If a number is missing, or if there are no parts; the message lists the missing numbers and the parts.

        Examples
        --------
        >>> import io
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     fake.client().upload_fileobj(io.BytesIO(bytes(10 << 20)), "media", "video.mp4")
        >>> fake.uploads.one().assert_contiguous()
        """
        numbers = {part.number for part in self.parts}
        missing = sorted(set(range(1, max(numbers, default=0) + 1)) - numbers)
        if missing or not numbers:
            expected = "expected parts numbered 1, 2, 3 ... without a gap"
            raise failure(f"{expected}, missing {missing}" if missing else expected, list_items(self.parts, "parts"))

    def assert_each_part_once(self) -> None:
        """Assert that no part number was uploaded more than once; a failed attempt that was retried counts too.

        Raises
        ------
        AssertionError
            If a part number has several attempts; the message lists their outcomes.

        Examples
        --------
        >>> import io
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"]) as fake:
        ...     fake.client().upload_fileobj(io.BytesIO(bytes(10 << 20)), "media", "video.mp4")
        >>> fake.uploads.one().assert_each_part_once()
        """
        repeated = []
        for part in self.attempted.values():
            outcomes = [attempt.outcome for attempt in part.attempts]
            if len(outcomes) > 1:
                repeated.append(f"part {part.number} has {len(outcomes)} attempts: {', '.join(outcomes)}")
        if repeated:
            raise failure("expected each part to be uploaded only once", repeated)

    def timeline(self) -> str:
        """A text chart of the upload's calls over time.

        Returns
        -------
        str
            Two lines about the upload, then a line for each call: its beginning in milliseconds since the first call, a
            bar, the operation with part number and attempt, the thread, the outcome, and the size in bytes and ETag.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        ...     response = fake.client().create_multipart_upload(Bucket="media", Key="video.mp4")
        >>> print(fake.uploads.one().timeline())  # doctest: +ELLIPSIS
        media/video.mp4  open  0 parts, 0 bytes
        UploadId ...
             0.0 ms |########################| CreateMultipartUpload            MainThread               ok
        """
        title = f"{self.bucket}/{self.key}  {self.state}  {self._contents}"
        return "\n".join([title, f"UploadId {self.id}", *timeline.draw_calls(self.calls)])


def _not_stored(number: int, calls: Sequence[Call]) -> PartView:
    return PartView(number, None, 0, {}, attempts_of(calls, stored=False), Content.of(b""))


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
        self._uploads = tuple(uploads)
        self._calls = calls  # all that were recorded, which may tell why there is no upload

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
            spelling.check_name("field of an upload called", name, UploadView.__dataclass_fields__)
        return UploadViews(
            [
                upload
                for upload in self._uploads
                if all(expected == getattr(upload, name) for name, expected in fields.items())
            ],
            self._calls,
        )

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
