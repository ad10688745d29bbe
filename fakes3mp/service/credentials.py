"""Access keys: the account that each acts for, and the secret key behind it.

Whether the account may do what it asks for is decided in ``operations.authorization``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.errors import S3Error
from fakes3mp.operations.policy.identity import Identity
from fakes3mp.service.learned_secrets import LEARNED_SECRETS

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
        self._profiles: dict[str, str] = {}  # name -> access key
        self._identities: dict[str, Identity] = {}  # access key -> the user or role

    def add(
        self,
        access_key: str,
        secret: str,
        *,
        account_id: str,
        policy: Mapping[str, Any] | str | None = None,
        arn: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Let an access key act for an account, and let signatures made with it be checked.

        With a policy, an ARN or tags it is the key of a user or role of the account; otherwise it may do whatever the
        account may, and stands for any user or role of it where a bucket policy allows something to one.

        Parameters
        ----------
        access_key : str
            The access key id.
        secret : str
            The secret access key.
        account_id : str
            The 12 digits of the account: the fake's own, or another one.
        policy : Mapping or str, optional
            The identity-based policy of the user or role, as a dict or as JSON: what it does not allow is refused.
        arn : str, optional
            The user's or role's ARN, by which bucket policies name it; ``arn:aws:iam::ACCOUNT:user/ACCESS_KEY`` by default.
        tags : Mapping[str, str], optional
            The tags of the user or role, ``aws:PrincipalTag/...`` in policies.

        Raises
        ------
        ValueError
            Where the account id is not 12 digits, the policy is not valid, or the ARN is none of a user or role of the
            account.

        Examples
        --------
        >>> credentials = Credentials("123456789012")
        >>> credentials.add("GUEST", "secret", account_id="210987654321")
        >>> credentials.account_of("GUEST")
        '210987654321'

        A role that may do nothing but read:

        >>> allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}
        >>> policy = {"Version": "2012-10-17", "Statement": [allow]}
        >>> credentials.add("READER", "secret", account_id="123456789012", policy=policy)
        """
        if not re.fullmatch(r"\d{12}", account_id):
            raise ValueError(f"an account id has 12 digits, {account_id!r} has not")
        self._identities.pop(access_key, None)
        if not (policy is None and arn is None and tags is None):
            self._identities[access_key] = _identity(access_key, account_id, policy, arn, tags or {})
        self._keys[access_key] = secret, account_id

    def identity_of(self, access_key: str) -> Identity | None:
        """The user or role that an access key belongs to; None where it acts as the account.

        >>> Credentials("123456789012").identity_of("unknown") is None
        True
        """
        return self._identities.get(access_key)

    def add_profile(self, profile: str, *, account_id: str) -> None:
        """Let a named profile act for an account: ``Session(profile_name="prod")`` works, in the configuration file or not.

        Parameters
        ----------
        profile : str
            The profile's name.
        account_id : str
            The 12 digits of the account: the fake's own, or another one.

        Raises
        ------
        ValueError
            Where the account id is not 12 digits.

        Examples
        --------
        >>> credentials = Credentials("123456789012")
        >>> credentials.add_profile("prod", account_id="210987654321")
        >>> credentials.account_of(credentials.key_of_profile("prod"))
        '210987654321'
        """
        digest = hashlib.blake2b(profile.encode(), digest_size=6).hexdigest().upper()
        access_key = f"FAKES3MP{digest}"
        self.add(access_key, SECRET_KEY, account_id=account_id)
        self._profiles[profile] = access_key

    def key_of_profile(self, profile: str) -> str | None:
        """The access key id of a profile that was added; None for another.

        >>> Credentials("123456789012").key_of_profile("prod") is None
        True
        """
        return self._profiles.get(profile)

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

    def secrets_of(self, access_key: str, *, with_learned: bool) -> tuple[str, ...]:
        """The secret keys that may be behind an access key: the one that was added, else those that clients sign with.

        >>> Credentials("123456789012").secrets_of("unknown", with_learned=True)
        ()
        """
        secret = self.secret_of(access_key)
        if secret is not None:
            return (secret,)
        return LEARNED_SECRETS.secrets_of(access_key) if with_learned else ()

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


_MEMBER_ARN = re.compile(
    r"arn:aws(?:-[a-z-]+)?:(?:iam::(?P<account>\d{12}):(?:user|role)/.+"
    r"|sts::(?P<session_account>\d{12}):(?:assumed-role/[^/]+|federated-user)/.+)"
)


def _identity(
    access_key: str, account_id: str, policy: Mapping[str, Any] | str | None, arn: str | None, tags: Mapping[str, str]
) -> Identity:
    """The user or role of an access key; ValueError for an ARN or a policy that is not valid."""
    arn = arn or f"arn:aws:iam::{account_id}:user/{access_key}"
    match = _MEMBER_ARN.fullmatch(arn)
    if match is None or account_id not in match.groups():
        raise ValueError(
            f"the ARN of a user or role of account {account_id} looks like arn:aws:iam::{account_id}:role/NAME, "
            f"arn:aws:iam::{account_id}:user/NAME or arn:aws:sts::{account_id}:assumed-role/NAME/SESSION, not {arn!r}"
        )
    import json

    text = policy if policy is None or isinstance(policy, str) else json.dumps(policy)
    if text is not None:
        _check_policy(access_key, text)
    return Identity(arn, text, tuple(tags.items()))


def _check_policy(access_key: str, text: str) -> None:
    from fakes3mp.operations.policy.documents import compile_policy

    try:
        compile_policy(text, has_principals=False)
    except S3Error as error:
        message = f"the policy of {access_key!r} is not an identity-based policy as IAM accepts it: {error.message}"
        raise ValueError(message) from None


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
