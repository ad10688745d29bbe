"""IBM's COS SDK: its botocore is another one, with the same patch points; caught before and after it is imported."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from fakes3mp import etag_of, mock_multipart

if find_spec("ibm_boto3") is None:
    pytest.skip("needs the extra fakes3mp[ibm]", allow_module_level=True)

ENDPOINT = "https://s3.us-south.cloud-object-storage.appdomain.cloud"


def client():
    import ibm_boto3

    return ibm_boto3.client("s3", aws_access_key_id="a", aws_secret_access_key="b", endpoint_url=ENDPOINT)


@pytest.mark.parametrize("age", ["early", "late"])
def test_a_multipart_upload(age):
    """seeds: RequestPayer and ExpectedBucketOwner are accepted where IBM's client knows them."""
    early = client() if age == "early" else None
    with mock_multipart(buckets=["media"], min_part_size=1) as s3:
        cos = early or client()
        upload_params = {"Bucket": "media", "Key": "k"}
        upload_params["UploadId"] = cos.create_multipart_upload(**upload_params)["UploadId"]
        bodies = [b"one", b"two", b"three"]
        parts = [
            {"PartNumber": n, "ETag": cos.upload_part(**upload_params, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, 1)
        ]
        assert [part["ETag"] for part in cos.list_parts(**upload_params)["Parts"]] == [part["ETag"] for part in parts]
        assert len(cos.list_multipart_uploads(Bucket="media")["Uploads"]) == 1
        cos.complete_multipart_upload(**upload_params, MultipartUpload={"Parts": parts})
        assert cos.get_object(Bucket="media", Key="k")["Body"].read() == b"onetwothree"
        with pytest.raises(Exception, match="NoSuchUpload"):
            cos.upload_part(**upload_params, PartNumber=1, Body=b"")
        other = cos.create_multipart_upload(Bucket="media", Key="other")["UploadId"]
        cos.abort_multipart_upload(Bucket="media", Key="other", UploadId=other)
        assert s3.uploads.one(key="k").part(3).etag == etag_of(b"three")
        s3.assert_no_open_uploads()


def test_the_documented_options():
    """IBM's page: RequestPayer and ExpectedBucketOwner are accepted."""
    with mock_multipart(buckets=["media"], open_uploads="ignore") as s3:
        cos = client()
        members = cos.meta.service_model.operation_model("UploadPart").input_shape.members
        options = {"RequestPayer": "requester", "ExpectedBucketOwner": "123456789012"}
        options = {name: value for name, value in options.items() if name in members}
        upload_id = cos.create_multipart_upload(Bucket="media", Key="k")["UploadId"]
        cos.upload_part(Bucket="media", Key="k", UploadId=upload_id, PartNumber=1, Body=b"x", **options)
        s3.assert_called("UploadPart", PartNumber=1, **options)


def test_nothing_of_it_is_imported_by_us():
    """And a client of a module imported while a fake is active is caught; afterwards no finder is left."""
    code = f"""
import sys
from fakes3mp import mock_multipart
with mock_multipart(buckets=["media"]) as s3:
    assert "ibm_botocore" not in sys.modules
    import ibm_boto3
    cos = ibm_boto3.client("s3", aws_access_key_id="a", aws_secret_access_key="b", endpoint_url="{ENDPOINT}")
    cos.put_object(Bucket="media", Key="k", Body=b"x")
assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("fakes3mp")]
import ibm_botocore.endpoint
assert "fakes3mp" not in ibm_botocore.endpoint.Endpoint.make_request.__module__
with mock_multipart():
    pass
print(s3.object("media", "k").body)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert process.stdout.strip() == "b'x'", process.stderr
