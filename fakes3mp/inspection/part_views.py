"""ETags, and read-only views of the parts of uploads and objects with the attempts to upload them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.core.objects import unquote_etag
from fakes3mp.inspection.calls import Call
from fakes3mp.inspection.formatting import count

if TYPE_CHECKING:
    from fakes3mp.inspection.outcomes import PartOutcome


class ETag(str):
    """An ETag as S3 answers it, in double quotes; it equals the same ETag without quotes, as in S3 (F41).

    Parameters
    ----------
    object : str
        The ETag, quoted or not.

    Examples
    --------
    >>> ETag('"abc"') == "abc"
    True
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and unquote_etag(self) == unquote_etag(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


def etag_of(data: bytes, part_size: int | None = None) -> ETag:
    """The ETag that S3 gives an object with these bytes.

    One PutObject gives the MD5 of the bytes (O14). A multipart upload gives the MD5 of its parts' MD5s, with a hyphen and
    the number of parts (F48).

    Parameters
    ----------
    data : bytes
        The object's bytes.
    part_size : int, optional
        The size of each part but the last in bytes, as a client's ``multipart_chunksize``; without it, the ETag is that
        of one PutObject.

    Returns
    -------
    ETag
        The ETag in double quotes; it equals the unquoted one too.

    Raises
    ------
    ValueError
        If ``part_size`` is less than 1.

    Examples
    --------
    >>> etag_of(b"") == "d41d8cd98f00b204e9800998ecf8427e"
    True
    >>> etag_of(b"aaab", part_size=3)[-3:]
    '-2"'
    """
    return ETag(f'"{digests.etag(data, part_size)}"')


@dataclass(frozen=True)
class Attempt:
    """One attempt to upload a part: its outcome, and the call that made it.

    Attributes
    ----------
    outcome : str
        ``"stored"``: the part is what this attempt uploaded. ``"replaced"``: a later attempt replaced it, or the part was
        dropped when the upload ended. Else the code of the error (``"SlowDown"``), or the name of the fault that broke
        the connection before anything was stored (``"reset_connection"``). ``fakes3mp.types.Outcome`` has all the words.
    call : Call
        The UploadPart or UploadPartCopy call.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
    ...     rule = fake.faults.on("UploadPart").times(1).error("SlowDown")
    ...     s3, upload = fake.client(), {"Bucket": "media", "Key": "video.mp4"}
    ...     upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    ...     response = s3.upload_part(**upload, PartNumber=1, Body=b"hello")
    >>> attempts = fake.uploads.one().part(1).attempts
    >>> [(attempt.outcome, attempt.size, attempt.call.attempt) for attempt in attempts]
    [('SlowDown', 5, 1), ('stored', 5, 2)]
    """

    outcome: PartOutcome
    call: Call = field(repr=False)

    @property
    def etag(self) -> ETag | None:
        """The ETag that S3 computed for this attempt, whether or not the client received it.

        Returns
        -------
        ETag or None
            None if the attempt stored nothing.
        """
        result = self.call.result or {}
        etag = result.get("ETag") or result.get("CopyPartResult", {}).get("ETag")
        return ETag(etag) if etag else None

    @property
    def size(self) -> int:
        """The length of the request's body.

        Returns
        -------
        int
            Bytes; 0 for UploadPartCopy, whose request has no body.
        """
        return len(self.call.params.get("Body", b""))


@dataclass(frozen=True, repr=False)
class PartView:
    """A part of an upload or object, as it was when it was looked at.

    Two views are equal if all attributes but ``content`` are.

    Attributes
    ----------
    number : int
        The part number, from 1.
    etag : ETag or None
        The part's ETag; None if every attempt failed, so that no part is stored.
    size : int
        The part's size in bytes; 0 if no part is stored.
    checksums : Mapping[str, str]
        The part's checksums in base64 by algorithm: ``{"CRC32": "ta4brg=="}``.
    attempts : tuple[Attempt, ...]
        Every attempt to upload this part number, in order: failed, replaced and stored. Empty for a part of an object.
    content : Content or None
        The bytes, shared with the store; use ``body``. None where nothing holds them any more.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
    ...     s3, upload = fake.client(), {"Bucket": "media", "Key": "video.mp4"}
    ...     upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    ...     response = s3.upload_part(**upload, PartNumber=2, Body=b"hello")
    >>> part = fake.uploads.one().part(2)
    >>> part.number, part.size, part.body, part.etag == response["ETag"]
    (2, 5, b'hello', True)
    """

    number: int
    etag: ETag | None
    size: int
    checksums: Mapping[str, str]
    attempts: tuple[Attempt, ...]
    content: Content | None = field(compare=False)

    def __repr__(self) -> str:
        checksums = "".join(f", {algorithm} {value}" for algorithm, value in self.checksums.items())
        attempts = f", {len(self.attempts)} attempts" if len(self.attempts) > 1 else ""
        return f"<part {self.number}: {count(self.size, 'byte')}, {self.etag or 'not stored'}{checksums}{attempts}>"

    @property
    def body(self) -> bytes:
        """The part's bytes.

        Returns
        -------
        bytes
            Empty if no part is stored.

        Raises
        ------
        ValueError
            If nothing holds the bytes any more: the object that the upload became was deleted or replaced, and the call
            log does not have them either.
        """
        if self.content is None:
            raise ValueError(
                f"the bytes of {self!r} are gone: a completed upload keeps none, its object was deleted or replaced, and "
                "no body is recorded; look at the upload before that, or record bodies"
            )
        return self.content.read()


def attempts_of(calls: Sequence[Call], *, stored: bool) -> tuple[Attempt, ...]:
    """The attempts behind the calls of one part number, in order.

    ``stored``: whether a part is stored under the number. It is then that of the last call that succeeded.
    """
    last = max((index for index, call in enumerate(calls) if call.is_done), default=-1)

    def outcome(index: int, call: Call) -> PartOutcome:
        if not call.is_done:
            return cast("PartOutcome", call.outcome)
        return "stored" if stored and index == last else "replaced"

    return tuple(Attempt(outcome(index, call), call) for index, call in enumerate(calls))
