"""The region of a new bucket, out of its LocationConstraint and the region that the request was sent to."""

from __future__ import annotations

from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Caller

US_EAST = "us-east-1"
_CREATION = "CreateBucketConfiguration"  # the document in which CreateBucket names a region
_OLD_NAMES = {"EU": "eu-west-1"}  # of regions, in a LocationConstraint

# AWS General Reference, "Amazon S3 endpoints and quotas".
REGIONS = frozenset(
    (
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-east-2", "ap-south-1"),
        *("ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
        *("ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1"),
        *("ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1"),
        *("eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1"),
        *("cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1"),
    )
)


def is_region(store: Store, name: str) -> bool:
    """Whether there is a region of this name; the store's own may have any."""
    return name in REGIONS or name == store.region


def request_region(caller: Caller) -> str | None:
    """The region that a request was sent to: that of Amazon's host, elsewhere that of the signature (O251)."""
    return caller.region or caller.signing_region


def new_bucket_region(store: Store, bucket: str, constraint: str | None, caller: Caller) -> str:
    """The region of a new bucket. A directory bucket is in the request's region and names a zone instead.

    The endpoint of us-east-1 creates buckets of all regions, and of its own only without a LocationConstraint; other
    endpoints only those of their own region, which has to be named (O251). A bucket that the test itself creates, without a
    request, is by default in the store's region.
    """
    requested = request_region(caller)
    if is_directory(bucket):
        return requested or store.region
    if constraint == "":
        raise S3Error("InvalidLocationConstraint", fields={"LocationConstraint": ""})
    region = _OLD_NAMES.get(constraint or "", constraint)
    if requested not in (None, US_EAST, region):
        raise S3Error(
            "IllegalLocationConstraintException",
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )
    if region is not None and (not is_region(store, region) or region == requested == US_EAST):
        raise S3Error("InvalidLocationConstraint", fields={"LocationConstraint": region})
    return region or requested or store.region


def set_location(bucket: Bucket, constraint: str | None) -> None:
    """Remember a LocationConstraint that is not the region's present name: it is answered for good (O251)."""
    if constraint in _OLD_NAMES:
        bucket.configure(_CREATION, {"LocationConstraint": constraint})


def location_constraint(bucket: Bucket) -> str | None:
    """The LocationConstraint of a bucket; one in us-east-1 has none."""
    if bucket.region == US_EAST:
        return None
    return str(bucket.configurations.get(_CREATION, {}).get("LocationConstraint", bucket.region))
