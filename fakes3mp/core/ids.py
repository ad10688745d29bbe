"""Ids that look like S3's and are the same in every run.

What may live here: how upload, version and request ids come about. An id depends on the seed, on what it names and on
how many were given for that name before, not on which thread came first.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter


class Ids:
    """The source of ids of one fake.

    >>> Ids(0).upload("media", "a.bin") == Ids(0).upload("media", "a.bin")
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._given: Counter[tuple[str, ...]] = Counter()

    def upload(self, bucket: str, key: str) -> str:
        """An UploadId: 64 characters out of letters, digits, ``.`` and ``_``."""
        return _text(self._digest(48, "upload", bucket, key))

    def version(self, bucket: str, key: str) -> str:
        """A version id: 32 characters out of letters, digits, ``.`` and ``_`` (O63)."""
        return _text(self._digest(24, "version", bucket, key))

    def hidden_md5(self, bucket: str, key: str) -> bytes:
        """What stands for an MD5 that encryption hides: 16 bytes, others at every write (O84, F95)."""
        return self._digest(16, "etag", bucket, key)

    def session(self, bucket: str) -> tuple[str, str, str]:
        """What a session is known by: 16 hexadecimal digits, a secret and a token."""
        raw = self._digest(64, "session", bucket)
        return raw[:8].hex().upper(), base64.b64encode(raw[8:38]).decode(), base64.b64encode(raw[8:]).decode()

    def request(self) -> tuple[str, str]:
        """The two ids of an answer: RequestId and HostId."""
        raw = self._digest(48, "request")
        return raw[:8].hex().upper(), base64.b64encode(raw).decode()

    def _digest(self, size: int, *names: str) -> bytes:
        self._given[names] += 1
        told = "\0".join((str(self.seed), *names, str(self._given[names])))
        return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw, b"._").decode()
