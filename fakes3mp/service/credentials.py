"""Who an access key stands for.

What may live here: the accounts behind access keys, and the secrets that were told. Whether the account may do what it
asks for is judged where the bucket is known.
"""

from __future__ import annotations

import base64
import binascii
import re

ACCESS_KEY = "FAKES3MPACCESSKEYID0"  # what clients sign with where no credentials are set
SECRET_KEY = "fakes3mp-secret-access-key"
_SESSION = re.compile(r"SESSION(\d{12})")  # what CreateSession gives out
_CODED = re.compile(r"(?:AKIA|ASIA)[Q-Z2-7][A-Z2-7]{15}")


class Credentials:
    """The access keys a fake knows.

    A key id that AWS made since 2019 carries its account number, and acts for that account. Any other acts for the
    account it was added for, or else for the fake's own.
    """

    def __init__(self, account_id: str) -> None:
        self._own = account_id
        self._added: dict[str, tuple[str, str]] = {ACCESS_KEY: (SECRET_KEY, account_id)}

    def add(self, access_key: str, secret: str, *, account_id: str) -> None:
        """Let an access key act for an account, named by its 12 digits.

        >>> own = Credentials("123456789012"); own.add("GUEST", "secret", account_id="210987654321")
        >>> own.account_of("GUEST"), own.account_of("other")
        ('210987654321', '123456789012')
        """
        if not re.fullmatch(r"\d{12}", account_id):
            raise ValueError(f"an account id has 12 digits, {account_id!r} has not")
        self._added[access_key] = secret, account_id

    def secret_of(self, access_key: str) -> str | None:
        """The secret behind this key, if it is known."""
        return self._added[access_key][0] if access_key in self._added else None

    def account_of(self, access_key: str) -> str:
        """The account that this key acts for."""
        if access_key in self._added:
            return self._added[access_key][1]
        session = _SESSION.match(access_key)
        return session[1] if session else coded_account(access_key) or self._own


def coded_account(access_key: str) -> str | None:
    """The account number in a key id that AWS made, if it is one.

    >>> coded_account("ASIAQNZGKIQY56JQ7WML")
    '029608264753'
    """
    if not _CODED.fullmatch(access_key):
        return None
    try:
        raw = base64.b32decode(access_key[4:])
    except binascii.Error:
        return None
    return f"{(int.from_bytes(raw[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}"
