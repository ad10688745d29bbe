"""Access keys: the account that each acts for, and the secret key behind it.

Whether the account may do what it asks for is decided in ``operations.authorization``.
"""

from __future__ import annotations

import base64
import binascii
import re

ACCESS_KEY = "FAKES3MPACCESSKEYID0"  # what clients sign with where no credentials are set
SECRET_KEY = "fakes3mp-secret-access-key"
_SESSION_KEY = re.compile(r"SESSION(\d{12})")  # as CreateSession returns it
_AWS_KEY = re.compile(r"(?:AKIA|ASIA)[Q-Z2-7][A-Z2-7]{15}")


class Credentials:
    """The access keys of a fake, as ``fake.credentials``.

    A key that was added acts for its account. A key id that AWS has issued since 2019 contains its account number, and
    acts for that account. Any other acts for the fake's own account.

    Parameters
    ----------
    account_id : str
        The 12 digits of the fake's own account.

    Examples
    --------
    >>> credentials = Credentials("123456789012")
    >>> credentials.account_of("any other")
    '123456789012'
    """

    def __init__(self, account_id: str) -> None:
        self._own_account = account_id
        self._keys: dict[str, tuple[str, str]] = {ACCESS_KEY: (SECRET_KEY, account_id)}

    def add(self, access_key: str, secret: str, *, account_id: str) -> None:
        """Let an access key act for an account, and let signatures made with it be checked.

        Parameters
        ----------
        access_key : str
            The access key id.
        secret : str
            The secret access key.
        account_id : str
            The 12 digits of the account: the fake's own, or another one.

        Raises
        ------
        ValueError
            Where the account id is not 12 digits.

        Examples
        --------
        >>> credentials = Credentials("123456789012")
        >>> credentials.add("GUEST", "secret", account_id="210987654321")
        >>> credentials.account_of("GUEST")
        '210987654321'
        """
        if not re.fullmatch(r"\d{12}", account_id):
            raise ValueError(f"an account id has 12 digits, {account_id!r} has not")
        self._keys[access_key] = secret, account_id

    def secret_of(self, access_key: str) -> str | None:
        """The secret key behind an access key.

        Parameters
        ----------
        access_key : str
            The access key id.

        Returns
        -------
        str or None
            None where it is not known.

        Examples
        --------
        >>> Credentials("123456789012").secret_of("unknown") is None
        True
        """
        return self._keys[access_key][0] if access_key in self._keys else None

    def account_of(self, access_key: str) -> str:
        """The account that an access key acts for.

        Parameters
        ----------
        access_key : str
            The access key id.

        Returns
        -------
        str
            12 digits.

        Examples
        --------
        >>> Credentials("123456789012").account_of("ASIAQNZGKIQY56JQ7WML")
        '029608264753'
        """
        if access_key in self._keys:
            return self._keys[access_key][1]
        session = _SESSION_KEY.match(access_key)
        return session[1] if session else account_in_key_id(access_key) or self._own_account


def account_in_key_id(access_key: str) -> str | None:
    """The account number in a key id that AWS has issued; None where it is another id.

    >>> account_in_key_id("ASIAQNZGKIQY56JQ7WML")
    '029608264753'
    """
    if not _AWS_KEY.fullmatch(access_key):
        return None
    try:
        raw = base64.b32decode(access_key[4:])
    except binascii.Error:
        return None
    return f"{(int.from_bytes(raw[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}"
