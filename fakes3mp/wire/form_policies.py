"""S3's POST policy: the signature of a posted form, and the conditions that its policy sets (O166-O176).

botocore's own signers compute the expected signature.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire.messages import Request, SecretLookup
from fakes3mp.wire.signatures import Signature, check_v2_region

_MISSING_FIELD = (
    "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields."
)
_V4_FIELDS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_V2_FIELDS = ("AWSAccessKeyId", "Signature")
_NOT_SIMPLE = "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
_EXPIRATION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z")  # O230
_FIELDS_WITHOUT_CONDITION = ("x-amz-signature", "signature", "awsaccesskeyid", "policy", "file", "bucket")


def missing_field(name: str) -> S3Error:
    """The error for a form without a field that it must have (O168, O169)."""
    return invalid_argument(_MISSING_FIELD.format(name), name, "")


@dataclass(frozen=True)
class FormSignature(Signature):
    """A form's signature and policy. An anonymous form has neither access key nor policy."""

    by_form: ClassVar[bool] = True
    fields: Mapping[str, str] = field(default_factory=dict)
    size: int = 0  # bytes of the file
    region: str | None = None  # of the endpoint, where it is one of Amazon's

    @classmethod
    def of(
        cls, bucket: str, fields: Mapping[str, str], size: int, request: Request, region: str | None = None
    ) -> FormSignature:
        """The signature of a form with these fields and a file of ``size`` bytes; the bucket counts as a field."""
        access_key = fields.get("x-amz-credential", "").partition("/")[0] or fields.get("awsaccesskeyid", "")
        value = fields.get("x-amz-signature", fields.get("signature", ""))
        return cls(access_key, value, request, fields={**fields, "bucket": bucket}, size=size, region=region)

    def check(self, now: datetime, secrets_of: SecretLookup, *, known_only: bool) -> None:
        """Refuse a form without signature, with a wrong one, or one that its policy does not allow.

        See ``Signature.check`` for ``known_only``.
        """
        if "policy" not in self.fields:
            return  # an anonymous form, which the bucket may allow
        self.check_without_secret()
        self.check_with_secrets(secrets_of, known_only=known_only)
        self._check_policy(now)

    def check_without_secret(self) -> None:
        """Refuse a form with a policy but no signature, or with only some of a signature's fields (O168-O170)."""
        is_v4 = any(name.lower() in self.fields for name in _V4_FIELDS)
        if not is_v4 and not any(name.lower() in self.fields for name in _V2_FIELDS):
            raise S3Error("AccessDenied")
        for name in _V4_FIELDS if is_v4 else _V2_FIELDS:
            if name.lower() not in self.fields:
                raise missing_field(name)
        if not is_v4:
            check_v2_region(self.region)

    def check_value(self, secret: str) -> None:
        """Raise SignatureDoesNotMatch if this secret does not give this signature of the policy, as it was sent (O167)."""
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
        to_sign: Any = AWSRequest()
        to_sign.context["timestamp"] = self.fields["x-amz-date"]
        self.compare(S3SigV4PostAuth(credentials, scope[3], scope[2]).signature(policy, to_sign), policy)

    def _check_policy(self, now: datetime) -> None:
        policy = _policy_document(self.fields["policy"])
        if now > _expiration(policy.get("expiration")):
            raise _not_allowed("Policy expired.")  # O166
        conditions = policy.get("conditions")
        if not isinstance(conditions, list):
            raise S3Error("InvalidPolicyDocument", "Invalid Policy: Policy is missing conditions.")
        checked = {name for condition in conditions for name in self._check_condition(condition)}
        need_none = (*checked, *_FIELDS_WITHOUT_CONDITION)
        extra = [name for name in self.fields if name not in need_none and not name.startswith("x-ignore-")]
        if extra:  # every field needs a condition (S3's manual); the wording is from users' reports
            raise _not_allowed(f"Extra input fields: {', '.join(extra)}")

    def _check_condition(self, condition: Any) -> list[str]:
        """Refuse a form that does not meet this condition. Returns the names of the fields that the condition is about."""
        if isinstance(condition, dict):
            if len(condition) != 1:
                raise S3Error("InvalidPolicyDocument", _NOT_SIMPLE)  # O174
            ((name, value),) = condition.items()
            condition = ["eq", f"${name}", value]
        if not isinstance(condition, list) or len(condition) != 3:
            raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid condition.")
        if any(isinstance(item, (dict, list)) for item in condition):
            raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid condition.")  # wording not verified
        operator, name, value = condition
        if str(operator).lower() == "content-length-range":
            self._check_size(condition)
            return []
        if operator not in ("eq", "starts-with") or not str(name).startswith("$"):
            raise _condition_failed(condition)
        field_name = str(name)[1:].lower()
        text = self.fields.get(field_name, "")
        if not (text.startswith(str(value)) if operator == "starts-with" else text == str(value)):
            raise _condition_failed(condition)  # O171-O173
        return [field_name]

    def _check_size(self, condition: list[Any]) -> None:
        """Refuse a file whose size is outside the range, which includes both ends (O175, O176)."""
        try:
            smallest, largest = int(condition[1]), int(condition[2])
        except (TypeError, ValueError, OverflowError):
            raise _condition_failed(condition) from None
        proposed_size = {"ProposedSize": str(self.size)}
        if self.size > largest:
            raise S3Error("EntityTooLarge", fields={**proposed_size, "MaxSizeAllowed": str(largest)})
        if self.size < smallest:
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise S3Error("EntityTooSmall", message, {**proposed_size, "MinSizeAllowed": str(smallest)})


def _policy_document(policy: str) -> dict[str, Any]:
    try:
        document = json.loads(base64.b64decode(policy, validate=True))
    except (binascii.Error, ValueError, RecursionError):  # a document may be nested deeper than Python's stack
        document = None
    if not isinstance(document, dict):
        raise S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.")
    return document


def _expiration(expiration: Any) -> datetime:
    """The time in a policy, which has one form (O230)."""
    text = expiration if isinstance(expiration, str) else json.dumps(expiration)
    try:
        if not _EXPIRATION.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        message = f"Invalid Policy: Invalid 'expiration' value: '{text}'"
        raise S3Error("InvalidPolicyDocument", message) from None


def _not_allowed(reason: str) -> S3Error:
    return S3Error("AccessDenied", f"Invalid according to Policy: {reason}")


def _condition_failed(condition: list[Any]) -> S3Error:
    return _not_allowed(f"Policy Condition failed: {json.dumps(condition, ensure_ascii=False)}")
