"""``FakeS3``: the object a test works with."""

from fakes3mp.fake.fake_s3 import FakeS3
from fakes3mp.fake.open_uploads import OpenUploadError, OpenUploadWarning
from fakes3mp.fake.state import Snapshot

__all__ = ["FakeS3", "OpenUploadError", "OpenUploadWarning", "Snapshot"]
