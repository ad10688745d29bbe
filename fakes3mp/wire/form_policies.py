"""The policy of a form: who made it, until when it is good, and what it lets the form say.

What may live here: S3's "POST policy" and its refusals (O166-O176). The signature is computed by botocore's own signers.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire.messages import Request
from fakes3mp.wire.signatures import Secrets, Signature

_MISSING = "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields."
_V4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_V2 = ("AWSAccessKeyId", "Signature")
_SIMPLE = "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
_UNCHECKED = ("x-amz-signature", "signature", "awsaccesskeyid", "policy", "file", "bucket")


def missing(name: str) -> S3Error:
    """A field that a form cannot do without (O168, O169)."""
    return invalid_argument(_MISSING.format(name), name, "")


@dataclass(frozen=True)
class FormSignature(Signature):
    """A form's signature and policy; without an access key the form is anonymous."""

    by_form: ClassVar[bool] = True
    fields: Mapping[str, str] = field(default_factory=dict)
    size: int = 0  # bytes of the file

    @classmethod
    def of(cls, bucket: str, fields: Mapping[str, str], size: int, request: Request) -> FormSignature:
        """What a form says of its own signature; the bucket counts as a field of it."""
        access_key = fields.get("x-amz-credential", "").partition("/")[0] or fields.get("awsaccesskeyid", "")
        signature = fields.get("x-amz-signature", fields.get("signature", ""))
        return cls(access_key, signature, request, fields={**fields, "bucket": bucket}, size=size)

    def check(self, now: datetime, secret_of: Secrets, *, known_only: bool) -> None:
        """Refuse a form without signature, with a wrong one, or one that its policy does not allow."""
        if "policy" not in self.fields:
            return  # an anonymous form, which the bucket may allow
        self.check_form()
        secret = secret_of(self.access_key)
        if secret is not None:
            self.check_signature(secret)
        elif known_only:
            raise S3Error("InvalidAccessKeyId", fields={"AWSAccessKeyId": self.access_key})
        self._check_policy(now)

    def check_form(self) -> None:
        """O168-O170"""
        names = _V4 if any(name.lower() in self.fields for name in _V4) else _V2
        if names is _V2 and not any(name.lower() in self.fields for name in _V2):
            raise S3Error("AccessDenied")
        for name in names:
            if name.lower() not in self.fields:
                raise missing(name)

    def check_signature(self, secret: str) -> None:
        """Over the policy as it was sent (O167)."""
        from botocore.auth import HmacV1Auth, S3SigV4PostAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        policy, credentials = self.fields["policy"], Credentials(self.access_key, secret)
        if "x-amz-credential" not in self.fields:
            signer: Any = HmacV1Auth(credentials)
            self.compare(signer.sign_string(policy), policy)
            return
        scope = self.fields["x-amz-credential"].split("/")
        if len(scope) != 5:
            raise invalid_argument("The Credential is mal-formed", "X-Amz-Credential", self.fields["x-amz-credential"])
        signing: Any = AWSRequest()
        signing.context["timestamp"] = self.fields["x-amz-date"]
        self.compare(S3SigV4PostAuth(credentials, scope[3], scope[2]).signature(policy, signing), policy)

    def _check_policy(self, now: datetime) -> None:
        policy = _document(self.fields["policy"])
        if now > _moment(policy.get("expiration")):
            raise _not_allowed("Policy expired.")  # O166
        conditions = policy.get("conditions")
        if not isinstance(conditions, list):
            raise S3Error("InvalidPolicyDocument", "Invalid Policy: Policy is missing conditions.")
        named = {name for each in conditions for name in self._check_condition(each)}
        extra = [name for name in self.fields if name not in (*named, *_UNCHECKED) and not name.startswith("x-ignore-")]
        if extra:  # users' reports; S3's manual says that every field needs a condition
            raise _not_allowed(f"Extra input fields: {', '.join(extra)}")

    def _check_condition(self, condition: Any) -> list[str]:
        """Hold the form against one condition; returns the fields that it is about."""
        if isinstance(condition, dict):
            if len(condition) != 1:
                raise S3Error("InvalidPolicyDocument", _SIMPLE)  # O174
            ((name, value),) = condition.items()
            condition = ["eq", f"${name}", value]
        if not isinstance(condition, list) or len(condition) != 3:
            raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid condition.")
        how, name, value = condition
        if str(how).lower() == "content-length-range":
            self._check_size(condition)
            return []
        given = self.fields.get(str(name)[1:].lower(), "") if str(name).startswith("$") else None
        holds = given is not None and (given.startswith(str(value)) if how == "starts-with" else given == str(value))
        if how not in ("eq", "starts-with") or not holds:
            raise _failed(condition)  # O171-O173
        return [str(name)[1:].lower()]

    def _check_size(self, condition: list[Any]) -> None:
        """Both ends count (O175, O176)."""
        try:
            least, most = int(condition[1]), int(condition[2])
        except (TypeError, ValueError):
            raise _failed(condition) from None
        proposed = {"ProposedSize": str(self.size)}
        if self.size > most:
            raise S3Error("EntityTooLarge", fields={**proposed, "MaxSizeAllowed": str(most)})
        if self.size < least:
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise S3Error("EntityTooSmall", message, {**proposed, "MinSizeAllowed": str(least)})


def _document(policy: str) -> dict[str, Any]:
    try:
        document = json.loads(base64.b64decode(policy, validate=True))
    except (binascii.Error, ValueError):
        document = None
    if not isinstance(document, dict):
        raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.")
    return document


def _moment(expiration: Any) -> datetime:
    try:
        parsed = datetime.fromisoformat(str(expiration).replace("Z", "+00:00"))
    except ValueError:
        message = f"Invalid Policy: Invalid 'expiration' value: '{expiration}'"
        raise S3Error("InvalidPolicyDocument", message) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def _not_allowed(why: str) -> S3Error:
    return S3Error("AccessDenied", f"Invalid according to Policy: {why}")


def _failed(condition: list[Any]) -> S3Error:
    return _not_allowed(f"Policy Condition failed: {json.dumps(condition, ensure_ascii=False)}")
