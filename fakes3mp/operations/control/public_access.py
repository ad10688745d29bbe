"""Block Public Access for all buckets and access points of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import validate_public_access
from fakes3mp.operations.registry import Answer, operation


@operation("s3control.PutPublicAccessBlock")
def put_public_access_block(
    store: Store, *, account_id: str, public_access_block_configuration: Mapping[str, Any]
) -> Answer:
    """Replace the account's settings; they hold besides those of each bucket."""
    settings = validate_public_access(public_access_block_configuration)

    store.journal.set_item(store.public_access_blocks, canonical_id(account_id), settings)
    return {}


@operation("s3control.GetPublicAccessBlock")
def get_public_access_block(store: Store, *, account_id: str) -> Answer:
    """The account's settings."""
    settings = store.public_access_blocks.get(canonical_id(account_id))
    if settings is None:
        raise S3Error("NoSuchPublicAccessBlockConfiguration", fields={"AccountId": account_id})
    return {"PublicAccessBlockConfiguration": dict(settings)}


@operation("s3control.DeletePublicAccessBlock")
def delete_public_access_block(store: Store, *, account_id: str) -> Answer:
    """Remove the account's settings, if it has any."""
    store.journal.remove_item(store.public_access_blocks, canonical_id(account_id))
    return {}
