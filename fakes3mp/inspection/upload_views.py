"""The read-only view of a multipart upload, with assertions about it. It is built in upload_lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal

from fakes3mp.core.content import Content
from fakes3mp.inspection import timeline
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.calls import PART_OPERATIONS, Call
from fakes3mp.inspection.failures import explain_etag_difference, failure, list_items
from fakes3mp.inspection.formatting import count, short_repr
from fakes3mp.inspection.part_views import ETag, PartView, attempts_of


@dataclass(frozen=True, repr=False, eq=False)
class UploadView:
    """A multipart upload, as it was when it was looked at; later calls do not change the view.

    Two views are equal if all attributes but ``calls`` are. The views of parts and calls are built when they are asked for.

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
    build_parts, find_calls : callable
        Where ``parts`` and ``calls`` come from; use these.

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
    build_parts: Callable[[], tuple[PartView, ...]]
    find_calls: Callable[[], Calls]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, UploadView):
            return all(getattr(self, name) == getattr(other, name) for name in UPLOAD_FIELDS)
        return NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        """What pickle and copy make it of again: with its parts and calls, without where they come from."""
        values = {name: getattr(self, name) for name in (*UPLOAD_FIELDS, "calls")}
        return {**values, "build_parts": None, "find_calls": None}

    @cached_property
    def parts(self) -> tuple[PartView, ...]:
        """The stored parts in order of their numbers.

        Returns
        -------
        tuple[PartView, ...]
            A completed upload has those listed in CompleteMultipartUpload, the rest is dropped (F102); an aborted upload
            has none.
        """
        return self.build_parts()

    @cached_property
    def calls(self) -> Calls:
        """The calls of this upload, failed ones and retries included, in the order in which they ended.

        Returns
        -------
        Calls
        """
        return self.find_calls()

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


UPLOAD_FIELDS = ("id", "bucket", "key", "state", "initiated", "etag", "metadata", "parts")


def _not_stored(number: int, calls: Sequence[Call]) -> PartView:
    return PartView(number, None, 0, {}, attempts_of(calls, stored=False), Content.of(b""))
