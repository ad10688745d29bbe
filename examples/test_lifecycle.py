"""A lifecycle rule that clears away abandoned uploads, seen at work: a week passes in no time."""

import boto3
import pytest


def cleaning(s3):
    _put(s3, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}})


def expiring(s3):
    """The broken twin lets objects expire; parts of an upload are no object."""
    _put(s3, {"Expiration": {"Days": 7}})


def _put(s3, action):
    rule = {"ID": "clean", "Status": "Enabled", "Filter": {"Prefix": ""}, **action}
    s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})


@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
@pytest.mark.parametrize(
    "configure", [cleaning, pytest.param(expiring, marks=pytest.mark.xfail(raises=AssertionError))]
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
