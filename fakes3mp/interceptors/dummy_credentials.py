"""The credentials of clients that were made while a fake was active and no credentials were configured.

A client keeps the credentials that its session found when it was made. These are dummies only while a fake is active. A
client that is used after that signs with what its session finds then: dummies would be refused by the real S3, in words
that say nothing of a fake.
"""

from __future__ import annotations

from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY


class DummyCredentials(Credentials):
    """Dummy credentials while a fake is active; after that, those that the session finds.

    Parameters
    ----------
    session : botocore.session.Session
        The session of the client.
    access_key : str
        The dummy access key.
    """

    def __init__(self, session: Any, access_key: str = ACCESS_KEY) -> None:
        super().__init__(access_key, SECRET_KEY, method="fakes3mp")
        self._session = session
        self._dummies = ReadOnlyCredentials(access_key, SECRET_KEY, None)

    def get_frozen_credentials(self) -> Any:
        """The keys to sign with now. Raises NoCredentialsError where no fake is active and the session finds none."""
        return self._dummies if ACTIVE.innermost is not None else self._find_credentials().get_frozen_credentials()

    def _find_credentials(self) -> Any:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return credentials


class AsyncDummyCredentials(DummyCredentials):
    """The same for aiobotocore, which awaits."""

    async def get_frozen_credentials(self) -> Any:  # type: ignore[override]
        if ACTIVE.innermost is not None:
            return self._dummies
        credentials = await self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return await credentials.get_frozen_credentials()

    def get_account_id(self) -> Any:
        """No account id is set: endpoints do not depend on it."""
        return getattr(self, "account_id", None)


def is_dummy(credentials: Any) -> bool:
    """Whether these credentials are the dummies that a fake has put into the environment."""
    return credentials is not None and credentials.method == "env" and credentials.access_key == ACCESS_KEY
