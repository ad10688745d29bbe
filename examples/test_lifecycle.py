"""A lifecycle rule that aborts abandoned uploads: the test lets eight days pass without waiting."""

import boto3
import pytest


def abort_uploads(s3):
    _put(s3, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}})


def expire_objects(s3):
    """Broken: this rule is about objects, and the parts of an upload are no object."""
    _put(s3, {"Expiration": {"Days": 7}})


def _put(s3, action):
    rule = {"ID": "clean", "Status": "Enabled", "Filter": {"Prefix": ""}, **action}
    s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})


@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
@pytest.mark.parametrize(
    "configure", [abort_uploads, pytest.param(expire_objects, marks=pytest.mark.xfail(raises=AssertionError))]
)
def test_abandoned_uploads_are_aborted_after_a_week(fake_s3, configure):
    fake_s3.clock.freeze("2026-01-01T10:00:00Z")
    s3 = boto3.client("s3")
    configure(s3)
    s3.create_multipart_upload(Bucket="media", Key="abandoned.bin")

    assert fake_s3.clock.advance(days=6) == []
    fake_s3.clock.advance(days=2)

    fake_s3.assert_no_open_uploads()
    assert (
        str(fake_s3.clock.ran[0]) == "2026-01-09 AbortIncompleteMultipartUpload of media/abandoned.bin by rule 'clean'"
    )
