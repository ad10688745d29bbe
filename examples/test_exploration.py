"""Every failure that S3 and the network can cause, one by one: what each bug of an uploader leaves behind."""

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from fakes3mp import ExplorationError, explore


class Uploader:
    """Uploads an object in parts."""

    def __init__(self, s3, part_size=5 << 20):
        self.s3 = s3
        self.part_size = part_size

    def upload(self, bucket, key, data):
        upload = {"Bucket": bucket, "Key": key}
        upload["UploadId"] = self.s3.create_multipart_upload(**upload)["UploadId"]
        try:
            bodies = [data[start : start + self.part_size] for start in range(0, len(data), self.part_size)]
            parts = [self.send_part(upload, number, body) for number, body in enumerate(bodies, 1)]
            self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except Exception:
            self.s3.abort_multipart_upload(**upload)
            raise

    def send_part(self, upload, number, body):
        return {"PartNumber": number, "ETag": self.s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}


class BuggyUploader(Uploader):
    """The same with five classic bugs."""

    def upload(self, bucket, key, data):
        lock = {"Bucket": bucket, "Key": f"{key}.lock"}
        self.s3.put_object(**lock, IfNoneMatch="*")  # bug 1: after a failure the lock stays, and nobody can try again
        upload = {"Bucket": bucket, "Key": key}
        upload["UploadId"] = self.s3.create_multipart_upload(**upload)["UploadId"]
        try:
            bodies = [data[start : start + self.part_size] for start in range(0, len(data), self.part_size)]
            sent = [self.send_part(upload, number, body) for number, body in enumerate(bodies, 1)]
            parts = [part for part in sent if part is not None]
            self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except Exception:  # bug 2: the upload stays open, and its parts are charged for
            self.s3.delete_object(Bucket=bucket, Key=key)  # bug 3: this may be the object that was there before
            raise
        self.s3.delete_object(**lock)

    def send_part(self, upload, number, body):
        while True:
            try:
                return super().send_part(upload, number, body)
            except ClientError:
                return None  # bug 4: the object is completed without this part
            except BotoCoreError:
                continue  # bug 5: without a connection it tries for ever


OPTIONS = {"buckets": ["media"], "min_part_size": 4}


def an_older_object(s3):
    s3.put("media", "video.mp4", b"older")


def save(s3):
    Uploader(s3.client(), part_size=4).upload("media", "video.mp4", b"aaaabbbbc")


def save_with_bugs(s3):
    BuggyUploader(s3.client(), part_size=4).upload("media", "video.mp4", b"aaaabbbbc")


def test_five_bugs():
    with pytest.raises(ExplorationError) as found:
        explore(save_with_bugs, setup=an_older_object, **OPTIONS)
    invariants = {violation.invariant for violation in found.value.report.violations}
    assert invariants == {"rerun", "open_uploads", "all_or_nothing", "complete", "ends"}


def test_the_mended_uploader():
    """Two faults in each run."""
    report = explore(save, setup=an_older_object, depth=2, max_runs=10_000, **OPTIONS)
    assert not report.unexplored


@pytest.mark.fake_s3_explore(**OPTIONS, crash=True)
def test_the_mended_uploader_with_the_marker(fake_s3):
    Uploader(fake_s3.client(), part_size=4).upload("media", "video.mp4", b"aaaabbbbc")
    fake_s3.assert_object("media", "video.mp4", body=b"aaaabbbbc")
