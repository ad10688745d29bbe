"""A multipart upload and its state machine.

An upload changes only through an ``UploadEvent``. ``TRANSITIONS`` says which events each state allows and where they
lead; an event that is not there is answered NoSuchUpload. How the parts become an object is in ``completion``.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct, field

from fakes3mp.core.content import Content
from fakes3mp.core.journal import Journal
from fakes3mp.core.objects import Properties, S3Object
from fakes3mp.core.sorted_map import SortedMap
from fakes3mp.core.value import Value
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error, invalid_argument


class UploadState(Enum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


class UploadEvent(Enum):
    """What can happen to an upload, with the operations that cause it."""

    PART = "UploadPart, UploadPartCopy"
    LIST = "ListParts"
    COMPLETE = "CompleteMultipartUpload"
    ABORT = "AbortMultipartUpload"


# A completed upload answers the same CompleteMultipartUpload again (F100) and ignores an abort (F111). An aborted one
# allows nothing.
TRANSITIONS: dict[UploadState, dict[UploadEvent, UploadState]] = {
    UploadState.OPEN: {
        UploadEvent.PART: UploadState.OPEN,
        UploadEvent.LIST: UploadState.OPEN,
        UploadEvent.COMPLETE: UploadState.COMPLETED,
        UploadEvent.ABORT: UploadState.ABORTED,
    },
    UploadState.COMPLETED: {
        UploadEvent.COMPLETE: UploadState.COMPLETED,
        UploadEvent.ABORT: UploadState.COMPLETED,
    },
    UploadState.ABORTED: {},
}


def no_such_upload(upload_id: str) -> S3Error:
    """NoSuchUpload, the answer to an id that is unknown, ended, or another key's (F18, F19)."""
    return S3Error("NoSuchUpload", fields={"UploadId": upload_id})


def validate_part_number(number: int, highest: int) -> int:
    """Return the part number if it is between 1 and ``highest``; raise InvalidArgument if not (F17)."""
    if 1 <= number <= highest:
        return number
    raise invalid_argument(
        f"Part number must be an integer between 1 and {highest}, inclusive", "partNumber", str(number)
    )


class Part(Value, frozen=True):
    """One stored part."""

    number: int
    content: Content
    modified: datetime
    etag_digest: bytes  # the MD5 of the bytes, or what replaces it where encryption hides it (F20)

    @property
    def etag(self) -> str:
        """The part's ETag, unquoted."""
        return self.etag_digest.hex()

    @property
    def size(self) -> int:
        """Bytes."""
        return self.content.size


class CompletedPart(Value, frozen=True):
    """One entry of the part list in CompleteMultipartUpload, as the client sent it."""

    number: int
    etag: str  # unquoted
    checksums: Mapping[str, str]  # algorithm -> base64


class PartRecord(Value, frozen=True):
    """What a completed upload still knows of a part: not its bytes, which are the object's."""

    listed: CompletedPart
    size: int  # bytes
    checksum: Checksum | None = None

    @property
    def number(self) -> int:
        return self.listed.number

    @property
    def etag(self) -> str:
        """The part's ETag, unquoted."""
        return self.listed.etag


class Completion(Value, frozen=True):
    """How an upload was completed. It holds no bytes: when the object is gone, they are gone."""

    parts: tuple[PartRecord, ...]  # as listed
    etag: str  # of the object, unquoted
    sequence: int  # of the object
    content: weakref.ref[Content]

    @property
    def part_contents(self) -> tuple[Content | None, ...]:
        """The bytes of each part, while the object is there."""
        content = self.content()
        return (None,) * len(self.parts) if content is None else content.joined


class Upload(Struct, eq=False):
    """One multipart upload, from CreateMultipartUpload to its end.

    It may be changed while the store's lock is held under which it was looked up: afterwards a snapshot may share it.
    """

    id: str
    bucket: str
    key: str
    initiated: datetime
    sequence: int  # its number in the store's order of changes
    properties: Properties
    owner: str
    algorithm: str | None = None
    checksum_type: str | None = None
    state: UploadState = UploadState.OPEN
    parts: SortedMap[int, Part] = field(default_factory=SortedMap)
    completion: Completion | None = None  # of a completed upload
    journal: Journal = field(default_factory=Journal)  # the store's
    generation: object = None  # of the store's state that may change it

    def copy(self, journal: Journal, generation: object) -> Upload:
        """An upload with the same contents, which it shares until one of the two is changed."""
        duplicate = copy.copy(self)
        duplicate.parts, duplicate.journal, duplicate.generation = self.parts.copy(), journal, generation
        return duplicate

    def apply(self, event: UploadEvent) -> None:
        """Go to the state that the event leads to; NoSuchUpload if the present state does not allow it."""
        try:
            state = TRANSITIONS[self.state][event]
        except KeyError:
            raise no_such_upload(self.id) from None
        if state is not self.state:
            self.journal.set_attribute(self, "state", state)

    def check_allowed(self, event: UploadEvent) -> None:
        """Raise NoSuchUpload if the present state does not allow the event; change nothing."""
        if event not in TRANSITIONS[self.state]:
            raise no_such_upload(self.id)

    def put_part(self, number: int, content: Content, modified: datetime, etag_digest: bytes) -> Part:
        """Store a part; an earlier one with this number is replaced (F106)."""
        self.apply(UploadEvent.PART)
        part = Part(number, content, modified, etag_digest)
        self.journal.set_item(self.parts, number, part)
        return part

    def part_checksum(self, part: Part) -> Checksum | None:
        """The part's checksum by the upload's algorithm; None where the upload has no algorithm (F24, F75)."""
        return part.content.checksum(self.algorithm) if self.algorithm else None

    def complete(self, completed_parts: tuple[CompletedPart, ...], result: S3Object) -> None:
        """Become the object and free the parts; those that are not listed are dropped (F102)."""
        self.apply(UploadEvent.COMPLETE)
        parts = tuple(
            PartRecord(listed, part.size, self.part_checksum(part))
            for listed in completed_parts
            for part in (self.parts[listed.number],)
        )
        completion = Completion(parts, result.etag, result.sequence, weakref.ref(result.content))
        self.journal.set_attribute(self, "completion", completion)
        self._free_parts()

    def was_completed_with(self, completed_parts: tuple[CompletedPart, ...]) -> bool:
        """Whether exactly this list completed the upload (F100)."""
        return self.completion is not None and completed_parts == tuple(part.listed for part in self.completion.parts)

    def abort(self) -> None:
        """Abort the upload and free its parts; a completed one stays as it is (F111)."""
        self.apply(UploadEvent.ABORT)
        if self.state is UploadState.ABORTED:
            self._free_parts()

    def _free_parts(self) -> None:
        self.journal.set_attribute(self, "parts", SortedMap[int, Part]())
