"""The regions of a request: the endpoint's, the one that it is signed for, and the bucket's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Caller

# Answered by any region's endpoint (S3's manual).
_ANY_REGION = ("CreateBucket", "GetBucketLocation", "ListBuckets")
_GLOBAL_HOST = ".s3.amazonaws.com"


def check_endpoint_region(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Refuse a request that is signed for another region than the endpoint's (O215), or sent to another than the bucket's.

    ``BUCKET.s3.amazonaws.com`` is served in the bucket's own region, to which DNS leads: only the region that was
    signed for can be wrong there (O245). Elsewhere another region's bucket is PermanentRedirect, which botocore follows
    (S3's manual).
    """
    if caller.region is None:
        return
    bucket = store.buckets.get(params.get("Bucket", ""))
    if not caller.is_path_style and caller.bucket_url.endswith(_GLOBAL_HOST):
        _check_signing_region(caller, bucket.region if bucket else caller.region)
        return
    _check_signing_region(caller, caller.region)
    if bucket is None or caller.region == bucket.region or operation in _ANY_REGION:
        return
    raise S3Error(
        "PermanentRedirect",
        fields={"Endpoint": f"{bucket.name}.s3.{bucket.region}.amazonaws.com", "Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.region},
    )


def _check_signing_region(caller: Caller, expected: str) -> None:
    """Refuse a request that is signed for another region; botocore corrects that (O215)."""
    if caller.signing_region in (None, expected):
        return
    wrong = f"the region '{caller.signing_region}' is wrong; expecting '{expected}'"
    headers = {"x-amz-bucket-region": expected}  # all that a client learns from the answer to HEAD
    if caller.is_presigned:
        message = f"Error parsing the X-Amz-Credential parameter; {wrong}"  # wording not verified
        raise S3Error("AuthorizationQueryParametersError", message, {"Region": expected}, headers)
    message = f"The authorization header is malformed; {wrong}"
    raise S3Error("AuthorizationHeaderMalformed", message, {"Region": expected}, headers)
