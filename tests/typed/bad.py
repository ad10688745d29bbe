"""Mistakes that a type checker must find: in each line with a comment, and in no other."""

from fakes3mp import FakeS3, mock_multipart
from fakes3mp import mock_s3  # a name that is not there
from fakes3mp import mock_multipat  # a misspelt name
from fakes3mp.types import UploadVeiw  # a misspelt name

fake = FakeS3(buckets=["media"])

FakeS3(bukets=["media"])  # a misspelt option
FakeS3(open_uploads="warning")  # a value that is not in the list
mock_multipart(min_part_size="1024")  # a value of another type
fake.put("media", "k", 5)  # a body of another type
fake.client().put_objekt(Bucket="media")  # a misspelt method of the client
fake.assert_called("UplaodPart")  # a misspelt operation
fake.faults.on("UploadPart").error("SlowDwon")  # a misspelt error code
fake.faults.on("PutObjekt")  # a misspelt operation
fake.uploads.one().stat  # a misspelt attribute
fake.uploads[0].part("2")  # a number as text


@mock_multipart(buckets=["media"])
def upload(number: int) -> str:
    return str(number)


upload("1")  # the signature of a decorated function is kept
size: str = fake.object("media", "k").size  # another type


def is_done(view: FakeS3) -> bool:
    return view.uploads.one().state == "complete"  # a state that is not in the list
