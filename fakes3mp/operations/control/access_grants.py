"""The Access Grants instance of an account: that there is one. Grants are not there (see docs/operations.md)."""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp.core.account_settings import AccessGrantsInstance
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, tags_from_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.pages import list_page, of_account
from fakes3mp.operations.registry import Answer, Caller, operation

_ID = "default"  # of the only instance of an account in a region (API manual)


@operation("s3control.CreateAccessGrantsInstance")
def create_access_grants_instance(
    store: Store,
    *,
    account_id: str,
    identity_center_arn: str | None = None,
    tags: list[Mapping[str, str]] | None = None,
    caller: Caller,
) -> Answer:
    """Create the instance; there can be one in each region."""
    region = caller.region or store.region
    checked = tags_from_document(tags or (), NEW_BUCKET_TAGS)
    if (account_id, region) in store.control.access_grants_instances:
        raise S3Error("AccessGrantsInstanceAlreadyExists")

    arn = f"arn:aws:s3:{region}:{account_id}:access-grants/{_ID}"
    instance = AccessGrantsInstance(arn, store.now(), identity_center_arn, checked)
    store.journal.set_item(store.control.access_grants_instances, (account_id, region), instance)
    return _describe(instance)


@operation("s3control.GetAccessGrantsInstance")
def get_access_grants_instance(store: Store, *, account_id: str, caller: Caller) -> Answer:
    """The instance of the region."""
    return _describe(_find(store, account_id, caller.region or store.region))


@operation("s3control.ListAccessGrantsInstances")
def list_access_grants_instances(
    store: Store, *, account_id: str, next_token: str | None = None, max_results: int | None = None
) -> Answer:
    """The account's instances, by region."""
    instances = of_account(store.control.access_grants_instances, account_id)
    return list_page("AccessGrantsInstancesList", instances, _describe, next_token, max_results)


@operation("s3control.DeleteAccessGrantsInstance")
def delete_access_grants_instance(store: Store, *, account_id: str, caller: Caller) -> Answer:
    """Delete the instance of the region."""
    region = caller.region or store.region
    _find(store, account_id, region)

    store.journal.remove_item(store.control.access_grants_instances, (account_id, region))
    return {}


def _find(store: Store, account_id: str, region: str) -> AccessGrantsInstance:
    instance = store.control.access_grants_instances.get((account_id, region))
    if instance is None:
        raise S3Error("AccessGrantsInstanceNotExistsError")
    return instance


def _describe(instance: AccessGrantsInstance) -> Answer:
    answer: Answer = {
        "CreatedAt": instance.created,
        "AccessGrantsInstanceId": _ID,
        "AccessGrantsInstanceArn": instance.arn,
    }
    directory = instance.identity_center_arn
    return answer if directory is None else {**answer, "IdentityCenterInstanceArn": directory}
