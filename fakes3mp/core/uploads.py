"""A multipart upload: the state machine at the heart of the house.

Rules of this file: an upload changes only through an event; the table says which events a state knows and where they
lead; an event that is not in the table is S3's NoSuchUpload. Parts live here while the upload is open; what becomes of
them at CompleteMultipartUpload is decided in completing.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct, field

from fakes3mp.core.completion import CompletedPart
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Properties, S3Object
from fakes3mp.core.ordered_set import OrderedSet
from fakes3mp.core.value import Value
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error, invalid_argument


class State(Enum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


class Event(Enum):
    """What may happen to an upload, named by the operations that make it happen."""

    PART = "UploadPart, UploadPartCopy"
    LIST = "ListParts"
    COMPLETE = "CompleteMultipartUpload"
    ABORT = "AbortMultipartUpload"


# A completed upload answers the same CompleteMultipartUpload again (F100) and shrugs at an abort (F111); an aborted one
# is gone.
TRANSITIONS: dict[State, dict[Event, State]] = {
    State.OPEN: {
        Event.PART: State.OPEN,
        Event.LIST: State.OPEN,
        Event.COMPLETE: State.COMPLETED,
        Event.ABORT: State.ABORTED,
    },
    State.COMPLETED: {
        Event.COMPLETE: State.COMPLETED,
        Event.ABORT: State.COMPLETED,
    },
    State.ABORTED: {},
}


def no_such_upload(upload_id: str) -> S3Error:
    """The one answer to an id that is unknown, ended, or another key's (F18, F19)."""
    return S3Error("NoSuchUpload", fields={"UploadId": upload_id})


def checked_part_number(number: int, highest: int) -> int:
    """The part number, if S3 accepts it (F17)."""
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
    digest: bytes  # the MD5 of the bytes, or what stands for it where encryption hides it (F20)

    @property
    def etag(self) -> str:
        """The part's ETag, unquoted."""
        return self.digest.hex()

    @property
    def size(self) -> int:
        return self.content.size


class Upload(Struct, eq=False):
    """One multipart upload, from CreateMultipartUpload to its end."""

    id: str
    bucket: str
    key: str
    initiated: datetime
    sequence: int  # where in the store's order of changes it was initiated
    properties: Properties
    owner: str
    algorithm: str | None = None
    checksum_type: str | None = None
    state: State = State.OPEN
    parts: dict[int, Part] = field(default_factory=dict)
    numbers: OrderedSet[int] = field(default_factory=lambda: OrderedSet[int]())
    claimed: tuple[CompletedPart, ...] = ()  # the list that completed it
    result: S3Object | None = None  # the object it became

    def take(self, event: Event) -> None:
        """Follow an event, or refuse it."""
        try:
            self.state = TRANSITIONS[self.state][event]
        except KeyError:
            raise no_such_upload(self.id) from None

    def expect(self, event: Event) -> None:
        """Refuse an event that this state does not know, without following it."""
        if event not in TRANSITIONS[self.state]:
            raise no_such_upload(self.id)

    def put_part(self, number: int, content: Content, now: datetime, digest: bytes | None = None) -> Part:
        """Store a part; one that was there under the number is replaced (F106)."""
        self.take(Event.PART)
        part = self.parts[number] = Part(number, content, now, digest or content.md5)
        self.numbers.add(number)
        return part

    def part_checksum(self, part: Part) -> Checksum | None:
        """The part's checksum by the upload's own algorithm; an upload without one remembers none (F24, F75)."""
        return part.content.checksum(self.algorithm) if self.algorithm else None

    def complete(self, claims: tuple[CompletedPart, ...], result: S3Object) -> None:
        """Become the object; parts that are not listed are dropped (F102)."""
        self.take(Event.COMPLETE)
        self.claimed, self.result = claims, result
        listed = {claim.number for claim in claims}
        self._keep({number: part for number, part in self.parts.items() if number in listed})

    def completed_alike(self, claims: tuple[CompletedPart, ...]) -> bool:
        """Whether it was completed with this very list (F100)."""
        return self.state is State.COMPLETED and claims == self.claimed

    def abort(self) -> None:
        """Give the upload up; its parts are freed. A completed one stays what it is (F111)."""
        self.take(Event.ABORT)
        if self.state is State.ABORTED:
            self._keep({})

    def _keep(self, parts: dict[int, Part]) -> None:
        self.parts = parts
        self.numbers = OrderedSet(list(parts))
