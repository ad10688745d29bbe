"""Ids that look like S3's and are the same in every run.

An id depends on the seed, on the bucket and key it is for, and on how many ids were issued for them before. It does not
depend on the order in which threads work on different keys.
"""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from fakes3mp.core.journal import Journal
from fakes3mp.core.sorted_map import SortedMap


class Ids:
    """The source of ids of one fake.

    >>> Ids(0).upload("media", "a.bin") == Ids(0).upload("media", "a.bin")
    True
    """

    def __init__(self, seed: int, journal: Journal | None = None) -> None:
        self.seed = seed
        self._journal = journal or Journal()
        self._issued: SortedMap[tuple[str, ...], int] = SortedMap()  # kind, bucket, key -> how many ids
        self._requests = 0

    def copy(self, journal: Journal | None = None) -> Ids:
        """A source that goes on with the same ids, for the store that has this journal."""
        duplicate = Ids(self.seed, journal or self._journal)
        duplicate._issued, duplicate._requests = self._issued.copy(), self._requests
        return duplicate

    def upload(self, bucket: str, key: str) -> str:
        """An UploadId: 64 letters, digits, ``.`` and ``_``."""
        return _text(self._digest(48, "upload", bucket, key))

    def version(self, bucket: str, key: str) -> str:
        """A version id: 32 letters, digits, ``.`` and ``_`` (O63)."""
        return _text(self._digest(24, "version", bucket, key))

    def hidden_md5(self, bucket: str, key: str) -> bytes:
        """16 bytes for the ETag where encryption hides the MD5, different at every write (O84, F95)."""
        return self._digest(16, "etag", bucket, key)

    def session(self, bucket: str) -> tuple[str, str, str]:
        """The credentials of CreateSession: access key id (16 hexadecimal digits), secret key and session token."""
        raw = self._digest(64, "session", bucket)
        return raw[:8].hex().upper(), base64.b64encode(raw[8:38]).decode(), base64.b64encode(raw[8:]).decode()

    def job(self, account_id: str) -> str:
        """The id of a job of S3 Batch Operations: a UUID."""
        return str(UUID(bytes=self._digest(16, "job", account_id), version=4))

    def inventory(self, bucket: str) -> str:
        """The name of an inventory's file: a UUID."""
        return str(UUID(bytes=self._digest(16, "inventory", bucket), version=4))

    def log(self, bucket: str) -> str:
        """The unique part of an access log's key: 16 hexadecimal digits."""
        return self._digest(8, "log", bucket).hex().upper()

    def request(self) -> tuple[str, str]:
        """The two ids of a response: RequestId and HostId."""
        self._requests += 1
        raw = self._hash(48, "request", self._requests)
        return raw[:8].hex().upper(), base64.b64encode(raw).decode()

    def _digest(self, size: int, *names: str) -> bytes:
        """The next id of a kind for a bucket and key, as ``size`` bytes."""
        number = self._issued.get(names, 0) + 1
        self._journal.set_item(self._issued, names, number)
        return self._hash(size, *names, number)

    def _hash(self, size: int, *names: str | int) -> bytes:
        text = "\0".join(map(str, (self.seed, *names)))
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw, b"._").decode()
