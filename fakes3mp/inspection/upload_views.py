"""What a user looks at: frozen snapshots of uploads and their parts. Objects and buckets have a room beside.

What may live here: values that describe; looking cannot move the state. Assertions on them are a step further, in
assertions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.core.objects import unquoted
from fakes3mp.core.uploads import Part, Upload
from fakes3mp.digests import ALGORITHMS
from fakes3mp.inspection import assertions, spelling
from fakes3mp.inspection.call_log import Call, Calls, brief
from fakes3mp.inspection.timeline import timeline

_PUTS = ("UploadPart", "UploadPartCopy")


class ETag(str):
    """An ETag as S3 answers it, in quotes; like S3, it compares with or without them (F41).

    >>> ETag('"abc"') == "abc"
    True
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and unquoted(self) == unquoted(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def etag_of(data: bytes, part_size: int | None = None) -> ETag:
    """The ETag S3 gives these bytes.

    ``part_size`` in bytes makes it that of a multipart upload cut into parts of this size (F48); without it, it is that of
    one PutObject (O14).

    >>> etag_of(b"") == "d41d8cd98f00b204e9800998ecf8427e"
    True
    >>> etag_of(b"aaab", part_size=3)[-3:]
    '-2"'
    """
    return ETag(f'"{digests.etag(data, part_size)}"')


@dataclass(frozen=True)
class Attempt:
    """One put under a part number: how it ended, and the call that made it.

    ``outcome`` is ``"stored"``, ``"replaced"`` (a later put took its place), the code of the error, or the name of the
    fault that broke the connection before anything was stored.
    """

    outcome: str
    call: Call = field(repr=False)

    @property
    def etag(self) -> ETag | None:
        """The ETag it was answered with, if it was stored."""
        answer = self.call.result or {}
        found = answer.get("ETag") or answer.get("CopyPartResult", {}).get("ETag")
        return ETag(found) if found else None

    @property
    def size(self) -> int:
        """How many bytes it carried; 0 for a copy, which carries none."""
        return len(self.call.params.get("Body", b""))


@dataclass(frozen=True, repr=False)
class PartView:
    """A part number of an upload: what is stored under it, and every attempt to put it."""

    number: int
    etag: ETag | None
    size: int
    checksums: Mapping[str, str]
    attempts: tuple[Attempt, ...]
    content: Content = field(compare=False)

    def __repr__(self) -> str:
        sums = "".join(f", {name} {value}" for name, value in self.checksums.items())
        tried = f", {len(self.attempts)} attempts" if len(self.attempts) > 1 else ""
        return f"<part {self.number}: {self.size} bytes, {self.etag or 'not stored'}{sums}{tried}>"

    @property
    def body(self) -> bytes:
        """The part's bytes."""
        return self.content.read()


@dataclass(frozen=True, repr=False)
class UploadView:
    """A multipart upload as it stood when it was looked at."""

    id: str
    bucket: str
    key: str
    state: str
    initiated: datetime
    etag: ETag | None
    metadata: Mapping[str, str]
    parts: tuple[PartView, ...]
    calls: Calls = field(compare=False)

    def __repr__(self) -> str:
        where = brief(f"{self.bucket}/{self.key}")
        return f"<upload {where} {self.state}: {len(self.parts)} parts, {self.size} bytes, {self.id[:8]}...>"

    @property
    def size(self) -> int:
        """The bytes its parts hold."""
        return sum(part.size for part in self.parts)

    def part(self, number: int) -> PartView:
        """The part under this number, stored or only attempted; AssertionError spelling the others if neither."""
        return assertions.found_part(self, number)

    @cached_property
    def attempted(self) -> Mapping[int, PartView]:
        """Every part number that was ever put, well or badly."""
        stored = {part.number: part for part in self.parts}
        tried = sorted({call.params["PartNumber"] for call in self._puts} | stored.keys())
        return {number: stored.get(number) or self._only_tried(number) for number in tried}

    @property
    def _puts(self) -> list[Call]:
        return [call for call in self.calls if call.operation in _PUTS and "PartNumber" in call.params]

    def _only_tried(self, number: int) -> PartView:
        calls = [call for call in self._puts if call.params["PartNumber"] == number]
        return PartView(number, None, 0, {}, attempts(calls, stored=False), Content.of(b""))

    def assert_completed(self, parts: int | None = None, etag: str | None = None) -> None:
        """It became an object, out of so many parts and with this ETag, where given."""
        assertions.completed(self, parts, etag)

    def assert_contiguous(self) -> None:
        """Its parts are numbered 1, 2, 3 ... without a gap."""
        assertions.contiguous(self)

    def assert_each_part_once(self) -> None:
        """No part was put more than once."""
        assertions.each_part_once(self)

    def timeline(self) -> str:
        """A text chart of its calls: parts, attempts, threads, time."""
        return timeline(self)


def attempts(calls: Sequence[Call], *, stored: bool) -> tuple[Attempt, ...]:
    """The puts under one number, in order; of those that succeeded only the last is still stored."""
    last = max((n for n, call in enumerate(calls) if call.is_done), default=-1)
    return tuple(
        Attempt(call.outcome if not call.is_done else "stored" if stored and n == last else "replaced", call)
        for n, call in enumerate(calls)
    )


def upload_views(uploads: Iterable[Upload], calls: Calls) -> list[UploadView]:
    """Snapshots of uploads, out of their state and of all calls recorded."""
    about: dict[Any, list[Call]] = {}
    for call in calls:  # an upload's own are those with its id, and the one that made it
        for upload_id in {call.params.get("UploadId"), (call.result or {}).get("UploadId")}:
            about.setdefault(upload_id, []).append(call)
    return [_upload_view(upload, Calls(about.get(upload.id, []))) for upload in uploads]


def _upload_view(upload: Upload, own: Calls) -> UploadView:
    by_number: dict[int, list[Call]] = {}
    for call in own:
        if call.operation in _PUTS and "PartNumber" in call.params:
            by_number.setdefault(call.params["PartNumber"], []).append(call)
    return UploadView(
        id=upload.id,
        bucket=upload.bucket,
        key=upload.key,
        state=upload.state.value,
        initiated=upload.initiated,
        etag=ETag(f'"{upload.result.etag}"') if upload.result else None,
        metadata=dict(upload.properties.attributes.metadata or {}),
        parts=tuple(_part_view(upload, upload.parts[n], by_number.get(n, [])) for n in upload.numbers),
        calls=own,
    )


def _part_view(upload: Upload, part: Part, calls: Sequence[Call]) -> PartView:
    tried = attempts(calls, stored=True)
    answered = next((attempt.call.result for attempt in tried if attempt.outcome == "stored"), None) or {}
    checksum = upload.part_checksum(part)
    return PartView(
        number=part.number,
        etag=ETag(f'"{part.etag}"'),
        size=part.size,
        checksums={checksum.algorithm: checksum.value} if checksum else answered_checksums(answered),
        attempts=tried,
        content=part.content,
    )


def answered_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """The checksums in an answer, by algorithm."""
    return {name: answer[each.member] for name, each in ALGORITHMS.items() if each.member in answer}


class UploadViews(Sequence[UploadView]):
    """Uploads in order of initiation; see ``open``, ``completed``, ``aborted``, and ``one(...)``."""

    def __init__(self, uploads: Sequence[UploadView]) -> None:
        self._uploads = tuple(uploads)

    def __getitem__(self, index: Any) -> Any:
        return UploadViews(self._uploads[index]) if isinstance(index, slice) else self._uploads[index]

    def __len__(self) -> int:
        return len(self._uploads)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (UploadViews, list, tuple)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._uploads))

    def of(self, **fields: Any) -> UploadViews:
        """The uploads with these fields: ``key=``, ``bucket=``, ``id=``, ``state=``; others are a ValueError."""
        for name in fields:
            spelling.check("field of an upload called", name, UploadView.__dataclass_fields__)
        return UploadViews(
            [each for each in self._uploads if all(wanted == getattr(each, name) for name, wanted in fields.items())]
        )

    def one(self, **fields: Any) -> UploadView:
        """The only upload with these fields; AssertionError listing what exists if there is not exactly one."""
        return assertions.only_upload(self, fields)

    @property
    def open(self) -> UploadViews:
        return self.of(state="open")

    @property
    def completed(self) -> UploadViews:
        return self.of(state="completed")

    @property
    def aborted(self) -> UploadViews:
        return self.of(state="aborted")
