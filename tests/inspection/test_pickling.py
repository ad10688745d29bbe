"""What a test looks at can be pickled and copied: results of process pools, of pytest-xdist, of a debugger."""

import copy
import pickle

import pytest
from botocore.exceptions import ClientError

from fakes3mp import ETag, FakeS3, S3Error


@pytest.fixture(scope="module")
def fake():
    fake = FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore")
    with fake:
        s3 = fake.client()
        upload = {"Bucket": "media", "Key": "k"}
        upload["UploadId"] = s3.create_multipart_upload(**upload, Metadata={"a": "b"})["UploadId"]
        etags = [s3.upload_part(**upload, PartNumber=n, Body=b"xy" * n)["ETag"] for n in (1, 2)]
        parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.get_object(Bucket="media", Key="k", Range="bytes=1-2")["Body"].read()
        with pytest.raises(ClientError):
            s3.get_object(Bucket="media", Key="none")
    return fake


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("again", [pickled, copy.deepcopy, copy.copy])
@pytest.mark.parametrize(
    "look",
    [
        lambda fake: fake.calls,
        lambda fake: fake.calls[0],
        lambda fake: fake.calls.grouped[0],
        lambda fake: fake.uploads,
        lambda fake: fake.uploads.one(),
        lambda fake: fake.uploads.one().part(2),
        lambda fake: fake.uploads.one().part(2).attempts[0],
        lambda fake: fake.object("media", "k"),
        lambda fake: dict(fake.buckets["media"]),
        lambda fake: ETag('"abc"'),
    ],
    ids=["calls", "call", "grouped", "uploads", "upload", "part", "attempt", "object", "bucket", "etag"],
)
def test_values_travel(fake, look, again):
    value = look(fake)
    other = again(value)
    assert other == value
    assert repr(other) == repr(value)


@pytest.mark.parametrize("again", [pickled, copy.deepcopy])
def test_bodies_travel(fake, again):
    assert again(fake.object("media", "k")).body == b"xyxyxy"
    assert again(fake.uploads.one().part(2)).body == b"xyxy"
    assert again(fake.calls.of("UploadPart")[1]).params["Body"] == b"xyxy"


@pytest.mark.parametrize("again", [pickled, copy.deepcopy, copy.copy])
def test_errors_travel(fake, again):
    error = fake.calls[-1].error
    other = again(error)
    assert type(other) is S3Error
    assert (other.code, other.status, other.message, other.fields, str(other)) == (
        error.code,
        error.status,
        error.message,
        error.fields,
        str(error),
    )
    inside_200 = S3Error("InternalError")
    inside_200.status = 200
    assert again(inside_200).status == 200
