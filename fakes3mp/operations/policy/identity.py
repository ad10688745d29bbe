"""The user or role that an access key belongs to."""

from __future__ import annotations

import re

from fakes3mp.core.value import Value

_SESSION_ARN = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")


class Identity(Value, frozen=True):
    """A user or role of an account.

    Attributes
    ----------
    arn : str
        ``arn:aws:iam::ACCOUNT:user/NAME``, ``arn:aws:iam::ACCOUNT:role/NAME``, or that of a role's session.
    policy : str, optional
        Its identity-based policy, as JSON. Without one it may do whatever its account may.
    tags : tuple of pairs
        Its tags: ``aws:PrincipalTag/...`` in conditions.
    """

    arn: str
    policy: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def role_arn(self) -> str:
        """The ARN, for a session that of its role: policies may name either, and aws:PrincipalArn is this one."""
        session = _SESSION_ARN.fullmatch(self.arn)
        return "arn:{partition}:iam::{account}:role/{role}".format(**session.groupdict()) if session else self.arn

    @property
    def type(self) -> str:
        """The value of aws:PrincipalType."""
        if ":user/" in self.arn:
            return "User"
        return "AssumedRole" if "role/" in self.arn else "FederatedUser"
