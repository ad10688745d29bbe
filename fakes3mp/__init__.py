"""A pure-Python, in-process fake of Amazon S3 for tests, multipart uploads first.

Names are imported when they are first used, so that ``import fakes3mp`` takes next to no time.

>>> from fakes3mp import mock_multipart
>>> with mock_multipart(buckets=["media"]) as s3:
...     upload = s3.client().create_multipart_upload(Bucket="media", Key="video.mp4")
...     response = s3.client().abort_multipart_upload(Bucket="media", Key="video.mp4", UploadId=upload["UploadId"])
>>> s3.uploads.one(key="video.mp4").state
'aborted'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes3mp.activation.fixture_server import Server
    from fakes3mp.activation.mock_aws import mock_aws
    from fakes3mp.activation.mock_multipart import mock_multipart
    from fakes3mp.errors import S3Error, UnhonouredParameter
    from fakes3mp.exploration.explore import explore
    from fakes3mp.exploration.report import ExplorationError
    from fakes3mp.fake import FakeS3, OpenUploadError, OpenUploadWarning
    from fakes3mp.inspection.call_lists import Calls
    from fakes3mp.inspection.calls import ANY, Call
    from fakes3mp.inspection.part_views import ETag, etag_of
    from fakes3mp.interceptors.guard import NotIntercepted
    from fakes3mp.server.wsgi import wsgi_app
    from fakes3mp.service.fault_incidents import Crash
    from fakes3mp.service.faults import UnfiredFaultWarning

__version__ = "0.1.0"

__all__ = [
    "ANY",
    "Call",
    "Calls",
    "Crash",
    "ETag",
    "ExplorationError",
    "FakeS3",
    "NotIntercepted",
    "OpenUploadError",
    "OpenUploadWarning",
    "S3Error",
    "Server",
    "UnfiredFaultWarning",
    "UnhonouredParameter",
    "etag_of",
    "explore",
    "mock_aws",
    "mock_multipart",
    "wsgi_app",
]

_MODULES = {
    "mock_aws": "activation.mock_aws",
    "mock_multipart": "activation.mock_multipart",
    "NotIntercepted": "interceptors.guard",
    "Server": "activation.fixture_server",
    "wsgi_app": "server.wsgi",
    "explore": "exploration.explore",
    "ExplorationError": "exploration.report",
    "Crash": "service.fault_incidents",
    **dict.fromkeys(("S3Error", "UnhonouredParameter"), "errors"),
    **dict.fromkeys(("FakeS3", "OpenUploadError", "OpenUploadWarning"), "fake"),
    "UnfiredFaultWarning": "service.faults",
    "Calls": "inspection.call_lists",
    **dict.fromkeys(("ANY", "Call"), "inspection.calls"),
    **dict.fromkeys(("ETag", "etag_of"), "inspection.part_views"),
}


if not TYPE_CHECKING:  # a type checker would take every name for a public one

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"fakes3mp.{_MODULES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
