"""Annotations of an object: named texts that belong to one version of it (S3's manual, O345)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from fakes3mp.core.content import Content
from fakes3mp.core.value import Value
from fakes3mp.digests import Checksum
from fakes3mp.errors import S3Error

MAX_ANNOTATIONS = 1000  # of one object
_MAX_NAME = 512  # bytes
_MAX_SIZE = 1 << 20  # bytes
_NAME = re.compile(r"[\w.-]+")  # letters, digits, underscores, periods and hyphens
_RESERVED = ("aws", "s3")


class Annotation(Value, frozen=True):
    """One annotation."""

    name: str
    text: str
    etag: str  # unquoted: the MD5 of its bytes (assumed; S3's manual only says that there is one)
    modified: datetime
    checksum: Checksum

    @property
    def payload(self) -> bytes:
        """Its bytes."""
        return self.text.encode()


Annotations = tuple[Annotation, ...]  # by name


def validate_name(name: str) -> str:
    """The name; AnnotationNameTooLong or InvalidAnnotationName if an annotation cannot have it (O345)."""
    if len(name.encode("utf-8", "surrogatepass")) > _MAX_NAME:
        raise S3Error("AnnotationNameTooLong")
    if not _NAME.fullmatch(name) or name.lower().startswith(_RESERVED):
        raise S3Error("InvalidAnnotationName")
    return name


def validate_payload(content: Content) -> str:
    """The text of a payload; an error unless it is 1 byte to 1 MiB of UTF-8 (O345; the sizes' errors are not verified)."""
    if content.size > _MAX_SIZE:
        fields = {"ProposedSize": str(content.size), "MaxSizeAllowed": str(_MAX_SIZE)}
        raise S3Error("EntityTooLarge", fields=fields)
    if not content.size:
        raise S3Error("InvalidRequest", "The annotation payload must be between 1 byte and 1 MiB.")
    try:
        return content.read().decode()
    except UnicodeDecodeError:
        raise S3Error("UnsupportedMediaType") from None


def with_annotation(annotations: Annotations, annotation: Annotation) -> Annotations:
    """The annotations with one more, or with one replaced; AnnotationLimitExceeded beyond a thousand."""
    others = without_annotation(annotations, annotation.name)
    if len(others) >= MAX_ANNOTATIONS:
        raise S3Error("AnnotationLimitExceeded")
    return tuple(sorted((*others, annotation), key=lambda each: each.name))


def without_annotation(annotations: Annotations, name: str) -> Annotations:
    """The annotations but for the one of this name."""
    return tuple(annotation for annotation in annotations if annotation.name != name)


def find_annotation(annotations: Sequence[Annotation], name: str) -> Annotation:
    """The annotation of this name; NoSuchAnnotation if there is none."""
    for annotation in annotations:
        if annotation.name == name:
            return annotation
    raise S3Error("NoSuchAnnotation")
