"""Whether an AWS service may write objects into a bucket, as S3 itself does when it delivers logs and reports."""

from __future__ import annotations

from fakes3mp.core.buckets import Bucket
from fakes3mp.operations.configuration_documents import POLICY
from fakes3mp.operations.policy.context import account_of
from fakes3mp.operations.policy.documents import ActionRequest, compile_policy
from fakes3mp.operations.policy.patterns import normalize_key
from fakes3mp.operations.policy.principals import Requester


def judge_service(bucket: Bucket, service: str, key: str, source: Bucket) -> bool | None:
    """Whether the bucket's policy lets a service put an object of this key; None where it says nothing about that.

    Parameters
    ----------
    bucket : Bucket
        Where the object is to be written.
    service : str
        The service principal: ``logging.s3.amazonaws.com``.
    key : str
        The object's key.
    source : Bucket
        The bucket that the object is about.
    """
    if POLICY not in bucket.configurations:
        return None
    values = {
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
        "aws:securetransport": ("true",),
        "aws:sourceaccount": (account_of(source.owner),),
        "aws:sourcearn": (f"arn:aws:s3:::{source.name}",),
        "s3:x-amz-acl": ("bucket-owner-full-control",),
    }
    request = ActionRequest(
        "s3:PutObject",
        f"arn:aws:s3:::{bucket.name}/{key}",
        Requester(None, service=service),
        lambda name: values.get(normalize_key(name)),
        lambda name: False,
    )
    policy = compile_policy(bucket.configurations[POLICY])
    if policy.denial(request) is not None:
        return False
    return True if policy.permission(request) is not None else None
