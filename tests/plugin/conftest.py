"""The fixture ``run``: runs a test file by pytester in another process."""

import pytest

USE = """
import boto3, pytest

def put(key="k"):
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="media", Key=key, Body=b"x")

def begin(key="k"):
    s3 = boto3.client("s3", region_name="us-east-1")
    upload = {"Bucket": "media", "Key": key, "UploadId": s3.create_multipart_upload(Bucket="media", Key=key)["UploadId"]}
    s3.upload_part(**upload, PartNumber=1, Body=b"x")
    return s3, upload
"""


@pytest.fixture
def run(pytester):
    def run(code, *args, ini=""):
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}\n")
        pytester.makepyfile(USE + code)
        return pytester.runpytest_subprocess("-p", "no:randomly", "-q", *args)

    return run
