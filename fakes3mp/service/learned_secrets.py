"""The secret keys that clients of this process sign with, as far as they have signed while a fake is active.

They let forged presigned URLs and forms be refused with the keys that users have set (O271). They are forgotten when the
last fake stops, and are never printed.
"""

from __future__ import annotations

import os

from fakes3mp.locks import create_lock


class LearnedSecrets:
    """Secret keys by access key. There may be several: clients of one test may be given different ones."""

    def __init__(self) -> None:
        self._lock = create_lock()
        self._secrets: dict[str, tuple[str, ...]] = {}

    def learn(self, access_key: str, secret: str) -> None:
        """Note that a client signs with this pair."""
        if secret in self._secrets.get(access_key, ()):
            return
        with self._lock:
            self._secrets[access_key] = (*self._secrets.get(access_key, ()), secret)

    def secrets_of(self, access_key: str) -> tuple[str, ...]:
        """The secret keys of an access key: those that were learned, and that of the environment."""
        learned, environment = self._secrets.get(access_key, ()), os.environ
        if environment.get("AWS_ACCESS_KEY_ID") == access_key and environment.get("AWS_SECRET_ACCESS_KEY"):
            return (*learned, environment["AWS_SECRET_ACCESS_KEY"])
        return learned

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._secrets.clear()

    def __repr__(self) -> str:
        return f"<LearnedSecrets of {len(self._secrets)} access keys>"


LEARNED_SECRETS = LearnedSecrets()
