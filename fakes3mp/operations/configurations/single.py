"""The operations that put, get and delete configurations of which a bucket has one, declared by one table.

A new configuration is one row of ``CONFIGURATIONS`` and a function that validates its document.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import LIFECYCLE
from fakes3mp.core.notification import NOTIFICATION
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.bucket_policy import validate_policy
from fakes3mp.operations.configuration_documents import (
    ACCELERATE,
    CORS,
    DEFAULT_ENCRYPTION,
    DEFAULT_PAYMENT,
    ENCRYPTION,
    LOGGING,
    OBJECT_LOCK,
    OWNERSHIP,
    PAYMENT,
    POLICY,
    PUBLIC_ACCESS,
    TAGGING,
    encryption_with_bucket_key,
    validate_acceleration,
    validate_encryption,
    validate_ownership,
    validate_payment,
    validate_public_access,
)
from fakes3mp.operations.configurations.abac import ABAC, NO_ABAC, check_tags_are_open, validate_abac
from fakes3mp.operations.configurations.logging import check_logging_target, validate_logging
from fakes3mp.operations.configurations.website import WEBSITE, validate_website
from fakes3mp.operations.cors import validate_cors
from fakes3mp.operations.lifecycle_configuration import get_lifecycle_answer, put_lifecycle_answer, validate_lifecycle
from fakes3mp.operations.notification import validate_notification
from fakes3mp.operations.object_lock import default_object_lock, validate_object_lock
from fakes3mp.operations.registry import Answer, Caller, operation
from fakes3mp.operations.replication import REPLICATION, check_destinations, validate_replication
from fakes3mp.operations.tagging import bucket_tags_to_answer, validate_bucket_tags


class Configuration(Struct, frozen=True):
    """A configuration of a bucket, and how its operations differ from those of the others.

    Attributes
    ----------
    document : str
        The name under which the bucket stores it: that of the document in the model's Put operation.
    operations : tuple of str
        The names of its operations. Each begins with what it does: ``Put``, ``Get`` or ``Delete``. A Delete succeeds
        whether the configuration is there or not (O77, O86, O104, O108, O109).
    validate : callable
        Turns a document that was put into what the bucket stores, or raises S3Error. Its parameters are the Put
        operation's that are honoured, by name, and ``store``, ``bucket`` and ``caller`` where it needs them. If it
        returns None, the bucket's configuration is removed.
    missing : str, optional
        The code of Get's error where the bucket has no such configuration.
    default : optional
        The document that Get answers instead of an error, or a function from the bucket to it or None.
    to_answer : callable, optional
        Turns the stored document into the answered one, where they differ.
    is_payload : bool
        Whether the answered document is a member of Get's output, and not the output itself.
    put_answer : callable, optional
        Turns the stored document into Put's output, where that is not empty.
    apply : callable, optional
        What a successful Put changes besides, given the bucket.
    check : callable, optional
        Raises S3Error where the bucket does not let Put and Delete change the configuration.
    check_others : callable, optional
        Raises S3Error where other buckets do not let Put set it, given the store, the bucket and the document. What was
        stored before they changed stays.
    """

    document: str
    operations: tuple[str, ...]
    validate: Callable[..., Any]
    missing: str | None = None
    default: Any = None
    to_answer: Callable[[Any], Any] | None = None
    is_payload: bool = False
    put_answer: Callable[[Any], Answer] | None = None
    apply: Callable[[Bucket], None] | None = None
    check: Callable[[Bucket], None] | None = None
    check_others: Callable[[Store, Bucket, Any], None] | None = None


CONFIGURATIONS = (
    Configuration(
        ABAC,
        ("PutBucketAbac", "GetBucketAbac"),
        validate_abac,
        default=NO_ABAC,
        is_payload=True,
    ),
    Configuration(
        ACCELERATE,
        ("PutBucketAccelerateConfiguration", "GetBucketAccelerateConfiguration"),
        validate_acceleration,
        default={},  # O122
    ),
    Configuration(
        CORS,
        ("PutBucketCors", "GetBucketCors", "DeleteBucketCors"),
        validate_cors,
        missing="NoSuchCORSConfiguration",
    ),
    Configuration(
        ENCRYPTION,
        ("PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"),
        validate_encryption,
        default=DEFAULT_ENCRYPTION,
        to_answer=encryption_with_bucket_key,
        is_payload=True,
        apply=Bucket.remember_encryption,  # O243
    ),
    Configuration(
        LIFECYCLE,
        ("PutBucketLifecycleConfiguration", "GetBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
        validate_lifecycle,
        missing="NoSuchLifecycleConfiguration",
        to_answer=get_lifecycle_answer,
        put_answer=put_lifecycle_answer,
    ),
    Configuration(
        LOGGING,
        ("PutBucketLogging", "GetBucketLogging"),
        validate_logging,
        check_others=check_logging_target,
        default={},  # S3's manual
    ),
    Configuration(
        NOTIFICATION,
        ("PutBucketNotificationConfiguration", "GetBucketNotificationConfiguration"),
        validate_notification,
        default={},  # S3's manual
    ),
    Configuration(
        OBJECT_LOCK,
        ("PutObjectLockConfiguration", "GetObjectLockConfiguration"),
        validate_object_lock,
        missing="ObjectLockConfigurationNotFoundError",
        default=default_object_lock,
        is_payload=True,
        apply=Bucket.enable_lock,
    ),
    Configuration(
        OWNERSHIP,
        ("PutBucketOwnershipControls", "GetBucketOwnershipControls", "DeleteBucketOwnershipControls"),
        validate_ownership,
        missing="OwnershipControlsNotFoundError",
        is_payload=True,
    ),
    Configuration(
        PAYMENT,
        ("PutBucketRequestPayment", "GetBucketRequestPayment"),
        validate_payment,
        default=DEFAULT_PAYMENT,
    ),
    Configuration(
        POLICY,
        ("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
        validate_policy,
        missing="NoSuchBucketPolicy",
        is_payload=True,
    ),
    Configuration(
        PUBLIC_ACCESS,
        ("PutPublicAccessBlock", "GetPublicAccessBlock", "DeletePublicAccessBlock"),
        validate_public_access,
        missing="NoSuchPublicAccessBlockConfiguration",
        is_payload=True,
    ),
    Configuration(
        REPLICATION,
        ("PutBucketReplication", "GetBucketReplication", "DeleteBucketReplication"),
        validate_replication,
        check_others=check_destinations,
        missing="ReplicationConfigurationNotFoundError",
        is_payload=True,
    ),
    Configuration(
        TAGGING,
        ("PutBucketTagging", "GetBucketTagging", "DeleteBucketTagging"),
        validate_bucket_tags,
        missing="NoSuchTagSet",  # O85
        to_answer=bucket_tags_to_answer,
        check=check_tags_are_open,
    ),
    Configuration(
        WEBSITE,
        ("PutBucketWebsite", "GetBucketWebsite", "DeleteBucketWebsite"),
        validate_website,
        missing="NoSuchWebsiteConfiguration",
    ),
)


def validate(configuration: Configuration, store: Store, bucket: Bucket, caller: Caller, parameters: Answer) -> Any:
    """What the bucket stores of a document."""
    context = {"store": store, "bucket": bucket, "caller": caller}
    names = inspect.signature(configuration.validate).parameters.keys() & context.keys()
    return configuration.validate(**{name: context[name] for name in names}, **parameters)


def _declare_put(name: str, configuration: Configuration) -> None:
    def put(store: Store, *, bucket: Bucket, caller: Caller, **parameters: Any) -> Answer:
        if configuration.check is not None:
            configuration.check(bucket)
        stored = validate(configuration, store, bucket, caller, parameters)
        if stored is not None and configuration.check_others is not None:
            configuration.check_others(store, bucket, stored)
        if stored is None:
            bucket.remove_configuration(configuration.document)
        else:
            bucket.configure(configuration.document, stored)
        if configuration.apply is not None:
            configuration.apply(bucket)
        return {} if configuration.put_answer is None else configuration.put_answer(stored)

    put.__doc__ = f"Replace the configuration. {configuration.validate.__doc__}"
    operation(name, parameters_of=configuration.validate)(put)


def _declare_get(name: str, configuration: Configuration) -> None:
    @operation(name)
    def get(store: Store, *, bucket: Bucket) -> Answer:
        """The configuration as it was put."""
        default = configuration.default(bucket) if callable(configuration.default) else configuration.default
        document = bucket.configuration(configuration.document, default)
        if document is None:
            assert configuration.missing is not None, "a configuration has a default or an error"
            raise S3Error(configuration.missing, fields={"BucketName": bucket.name})
        if configuration.to_answer is not None:
            document = configuration.to_answer(document)
        return {configuration.document: document} if configuration.is_payload else document


def _declare_delete(name: str, configuration: Configuration) -> None:
    @operation(name)
    def delete(store: Store, *, bucket: Bucket) -> Answer:
        """Remove the configuration, if it is there."""
        if configuration.check is not None:
            configuration.check(bucket)
        bucket.remove_configuration(configuration.document)
        return {}


_DECLARE = {"Put": _declare_put, "Get": _declare_get, "Delete": _declare_delete}

for _configuration in CONFIGURATIONS:
    for _name in _configuration.operations:
        _verb = next(verb for verb in _DECLARE if _name.startswith(verb))
        _DECLARE[_verb](_name, _configuration)
