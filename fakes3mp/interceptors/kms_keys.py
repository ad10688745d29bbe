"""KMS keys looked up in moto, where it is active and has keys."""

from __future__ import annotations

import sys

from fakes3mp.errors import S3Error
from fakes3mp.interceptors.other_mocks import is_moto_active
from fakes3mp.interceptors.sessions import new_session


def find_kms_key(key_id: str, region: str) -> str:
    """The ARN of the key that a key id, an ARN or an alias names; the text itself where moto has no keys.

    Raises S3Error for a key that moto does not have, one that is disabled and one that is to be deleted.
    """
    if "moto.kms.models" not in sys.modules or not is_moto_active():
        return key_id
    client = new_session(key_id.split(":")[3] if key_id.startswith("arn:") else region).client("kms")
    if not client.list_keys(Limit=1)["Keys"]:
        return key_id
    try:
        key = client.describe_key(KeyId=key_id)["KeyMetadata"]
    except client.exceptions.NotFoundException:
        raise S3Error("KMS.NotFoundException", f"Key '{key_id}' does not exist") from None
    if key["KeyState"] == "Disabled":
        raise S3Error("KMS.DisabledException", f"{key['Arn']} is disabled.")
    if key["KeyState"] == "PendingDeletion":
        raise S3Error("KMS.KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    return str(key["Arn"])
