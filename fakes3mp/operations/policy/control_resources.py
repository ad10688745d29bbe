"""The ARN of what an operation of S3 Control is done to, as policies name it (Service Authorization Reference)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The end of an operation's name without its verb, or all of it -> the ARN; the first that fits counts.
_ACCESS_POINT = "arn:aws:s3:{region}:{AccountId}:accesspoint/{Name}"
_OBJECT_LAMBDA = "arn:aws:s3-object-lambda:{region}:{AccountId}:accesspoint/{Name}"
_STORAGE_LENS = "arn:aws:s3:{region}:{AccountId}:storage-lens/{ConfigId}"
_ARNS = (
    ("MultiRegionAccessPoint", "arn:aws:s3::{AccountId}:accesspoint/{Name}"),
    ("ObjectLambda", _OBJECT_LAMBDA),
    ("AccessPoint", _ACCESS_POINT),
    ("Job", "arn:aws:s3:{region}:{AccountId}:job/{JobId}"),
    ("StorageLensGroup", "arn:aws:s3:{region}:{AccountId}:storage-lens-group/{Name}"),
    ("StorageLens", _STORAGE_LENS),
    ("Resource", "{ResourceArn}"),
)


def control_resource(operation: str, params: Mapping[str, Any], region: str) -> str:
    """The ARN of the resource that a request is for; ``*`` where it names none, as lists do.

    >>> control_resource("s3control.DescribeJob", {"AccountId": "123456789012", "JobId": "1"}, "us-east-1")
    'arn:aws:s3:us-east-1:123456789012:job/1'
    """
    form = next((form for name, form in _ARNS if name in operation), "*")
    try:
        return form.format(region=region, **params)
    except KeyError:
        return "*"
