"""FakeS3: what a user holds.

What may live here: options, start and stop, seeding, and the way to views, calls and assertions. Nothing is decided here.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.store import Contents, Limits, MiB, Store
from fakes3mp.inspection.call_log import CallLog, Calls
from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.options import Options
from fakes3mp.service.clock import Clock, Position, TimeSource
from fakes3mp.service.credentials import Credentials
from fakes3mp.service.events import Listener
from fakes3mp.service.faults import Faults
from fakes3mp.service.service import Service
from fakes3mp.wire import addressing, presigned
from fakes3mp.wire.messages import Request, Response, TypedRequest
from fakes3mp.wire.response_writer import TypedResponse

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from fakes3mp.inspection.object_views import BucketView, ObjectView
    from fakes3mp.inspection.upload_views import UploadViews


class OpenUploadWarning(UserWarning):
    """An upload was still open when its fake stopped: S3 would go on charging for its parts."""


class OpenUploadError(AssertionError):
    """The same, where ``open_uploads="error"``."""


class Snapshot(Struct, frozen=True):
    """All that a fake holds at a time, and where its clock stands."""

    contents: Contents
    position: Position


class FakeS3:
    """An Amazon S3 in memory, to which boto3's calls go while it is started.

    Parameters
    ----------
        buckets: names of buckets to begin with.
        region: where those are, and what boto3 is told where no region is set.
        account_id: the 12 digits of the account that owns everything.
        min_part_size: bytes that every part but the last must have (S3: 5 MiB), judged at CompleteMultipartUpload.
        max_part_number: the highest part number (S3: 10,000).
        strict: a parameter that the fake does not act on raises UnhonouredParameter, an AssertionError.
        seed: what ids are made from; the same seed gives the same ids.
        clock: a function that returns the time as an aware datetime, or an object with such a method ``now``; by default
            the present.
        passthrough: endpoint URLs whose calls are let out to the network.
        check_signatures: presigned URLs that are forged or altered are refused, where the secret behind them is known: the
            dummy credentials', and those given to ``credentials.add``; "required" refuses keys that are not known.
        real_sleep: clients really wait before they retry; otherwise their waits end at once and are only recorded.
        record_bodies: whether calls keep the bodies they were made with; what is stored keeps them anyway.
        open_uploads: what an upload left open at the end is: a warning, an error, or nothing.
        spool_over: bodies longer than so many bytes are kept in temporary files, not in memory.
        wire: "auto" answers boto3's calls without HTTP where nobody could tell; "always" signs, sends and parses each one.

    >>> with FakeS3(buckets=["media"]) as s3:
    ...     answer = s3.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> s3.object("media", "a.txt").body
    b'hello'

    """

    def __init__(
        self,
        *,
        buckets: Sequence[str] = (),
        region: str = "us-east-1",
        account_id: str = "123456789012",
        min_part_size: int = 5 * MiB,
        max_part_number: int = 10_000,
        strict: bool = False,
        seed: int = 0,
        clock: Clock | TimeSource | None = None,
        passthrough: Sequence[str] = (),
        check_signatures: bool | Literal["required"] = True,
        real_sleep: bool = False,
        record_bodies: bool = True,
        open_uploads: Literal["warn", "error", "ignore"] = "warn",
        wire: Literal["auto", "always"] = "auto",
        spool_over: int | None = None,
    ) -> None:
        if isinstance(buckets, str):
            raise TypeError(f"buckets is a list of names: buckets=[{buckets!r}]")
        if open_uploads not in ("warn", "error", "ignore"):
            raise ValueError(f"open_uploads is 'warn', 'error' or 'ignore', not {open_uploads!r}")
        if wire not in ("auto", "always"):
            raise ValueError(f"wire is 'auto' or 'always', not {wire!r}")
        limits = Limits(min_part_size, max_part_number)
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self._store = Store(now=self.clock.now, seed=seed, account_id=account_id, region=region, limits=limits)
        self._recorder = CallLog(bodies=record_bodies)
        self.faults = Faults(seed)
        self.credentials = Credentials(account_id)
        self._service = Service(
            self._store,
            self._recorder,
            self.credentials,
            clock=self.clock,
            faults=self.faults,
            strict=strict,
            signatures="required" if check_signatures == "required" else "checked" if check_signatures else "ignored",
            spool_over=spool_over,
        )
        self._initial = tuple(buckets)
        self._open_uploads = open_uploads
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._endpoints: set[str] = set()  # those of clients that called
        self._started = False
        self._loaded: Snapshot | None = None
        self.region = region
        self.account_id = account_id
        self.passthrough = tuple(passthrough)
        self.real_sleep = real_sleep
        self.allows_before_call = wire == "auto"
        self._make_initial_buckets()

    def _make_initial_buckets(self) -> None:
        for name in self._initial:
            self.create_bucket(name)

    def start(self) -> FakeS3:
        """From now on every S3 call of this process is answered here."""
        if self._started:
            raise RuntimeError("this FakeS3 is started already")
        from fakes3mp.interceptors.catalog import INTERCEPTORS

        self._started = True
        ACTIVE.push(self, INTERCEPTORS)
        return self

    def stop(self, *, failed: bool = False) -> None:
        """Put everything back as it was; say which uploads are still open, and which fault rules never fired.

        ``failed``: the test failed already, so neither is worth a word of its own.
        """
        if not self._started:
            raise RuntimeError("this FakeS3 is not started")
        self._started = False
        ACTIVE.remove(self)
        if not failed:
            self.faults.warn_unfired()
        self.report_open_uploads(failed=failed)

    def report_open_uploads(self, *, failed: bool = False, since: Snapshot | None = None) -> None:
        """Say which uploads are still open, all or only those initiated since a snapshot, as ``open_uploads`` asks."""
        before = since.contents.uploads if since else {}
        open_ids = self._store.open_upload_ids() - before.keys()
        if not open_ids or failed or self._open_uploads == "ignore":
            return
        from fakes3mp.inspection import assertions

        still_open = [assertions.open_upload(upload) for upload in self.uploads.open if upload.id in open_ids]
        message = "uploads still open:\n" + "\n".join(f"  {line}" for line in still_open)
        if self._open_uploads == "warn":
            warnings.warn(message, OpenUploadWarning, stacklevel=3)
        else:
            raise OpenUploadError(message)

    def __enter__(self) -> FakeS3:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(failed=error is not None)

    def __repr__(self) -> str:
        state = "started" if self._started else "stopped"
        return f"<FakeS3 {state}: {len(self._store.buckets)} buckets, {len(self._store.uploads)} uploads>"

    def handle(self, request: Request) -> Response:
        """Answer one HTTP request; the doors call this."""
        from fakes3mp.service.http import exchange

        if request.endpoint is not None:
            self._endpoints.add(request.endpoint)
        return exchange(self._service, request)

    def answer_without_http(self, arrival: TypedRequest, endpoint: str) -> TypedResponse | None:
        """Answer one call that no HTTP is needed for, or None; the fast door calls this."""
        self._endpoints.add(endpoint)
        return self._service.answer_without_http(arrival)

    def endpoint_of(self, url: str) -> str | None:
        """The endpoint that the URL is at: of a client that called before, or what follows a bucket's name in its host."""
        known = (each for each in tuple(self._endpoints) if addressing.belongs_to(url, each))
        return next(known, None) or addressing.endpoint_behind(url, self._store.buckets)

    def claims(self, url: str) -> bool:
        """Whether a URL is S3's: at one of Amazon's hosts, presigned, or at the endpoint of a client that called before."""
        return addressing.is_amazons(url) or presigned.is_presigned(url) or self.endpoint_of(url) is not None

    # Seeding

    def create_bucket(self, name: str, **params: Any) -> BucketView:
        """Make a bucket; further parameters are CreateBucket's."""
        self._seed("CreateBucket", Bucket=name, **params)
        return self.buckets[name]

    def put(self, bucket: str, key: str, body: bytes, **params: Any) -> ObjectView:
        """Store an object; further parameters are PutObject's. The call is not recorded."""
        self._seed("PutObject", Bucket=bucket, Key=key, Body=body, **params)
        return self.object(bucket, key)

    def create_access_point(self, name: str, bucket: str, *, outpost_id: str | None = None) -> AccessPoint:
        """Give a bucket another name: use ``.arn`` or ``.alias`` as ``Bucket``."""
        with self._store.lock:
            region = self._store.bucket(bucket).region
            made = AccessPoint(name, self._store.account_id, region, bucket, self._store.now(), outpost_id)
            self._store.access_points[made.arn] = made
        return made

    def _seed(self, operation: str, **params: Any) -> None:
        self._service.perform(operation, params)

    def client(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 client, made once and kept; options are those of ``boto3.client``."""
        return self._made("client", service, options)

    def resource(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 resource, made once and kept."""
        return self._made("resource", service, options)

    def _made(self, kind: str, service: str, options: Mapping[str, Any]) -> Any:
        from fakes3mp.interceptors.sessions import session

        wanted = kind, service, repr(sorted(options.items()))
        if wanted not in self._clients:
            self._clients[wanted] = getattr(session(self.region), kind)(service, **options)
        return self._clients[wanted]

    # Looking

    @property
    def uploads(self) -> UploadViews:
        """Every multipart upload ever initiated, in that order."""
        from fakes3mp.inspection import lookup

        return lookup.uploads(self._store, self.calls)

    @property
    def buckets(self) -> Mapping[str, BucketView]:
        """The buckets, by name."""
        from fakes3mp.inspection import lookup

        return lookup.buckets(self._store)

    def object(self, bucket: str, key: str) -> ObjectView:
        """The object at this key; AssertionError listing what exists if there is none."""
        from fakes3mp.inspection import lookup

        return lookup.object_at(self._store, bucket, key)

    @property
    def calls(self) -> Calls:
        """Every call recorded, in the order in which they ended."""
        return self._recorder.calls

    def clear_calls(self) -> None:
        """Empty the call log and the events; the state stays."""
        self._recorder.clear()
        self._service.events.clear()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The event notification records that the buckets' configurations asked for, as S3 would have sent them.

        Each is one of the ``Records`` of S3's message: ``{"Records": fake.events}`` is what a function is called with.
        """
        return self._service.events.records

    def on_event(self, listener: Listener) -> Listener:
        """Call a function with every record from now on, after the call that caused it was answered; as a decorator too."""
        return self._service.events.on_event(listener)

    # Asserting

    def assert_object(self, bucket: str, key: str, body: bytes | None = None, etag: str | None = None) -> None:
        """The object exists, with this body and ETag where given."""
        from fakes3mp.inspection import assertions

        assertions.object_is(self.object(bucket, key), body, etag)

    def assert_called(self, operation: str, *, times: int | None = None, **params: Any) -> None:
        """The operation was called with at least these parameters: at least once, or exactly so many times.

        A call that was retried counts once; ``calls.of(...)`` has its attempts. An operation or parameter that S3 does not
        have raises ValueError, naming the nearest.

        >>> fake = FakeS3(); fake.assert_called("PutObject")
        Traceback (most recent call last):
        AssertionError: expected PutObject() at least once, was called 0 times
          no PutObject was recorded; recorded were: no calls at all
        """
        from fakes3mp.inspection import assertions

        assertions.called(self.calls, operation, params, times)

    def assert_not_called(self, operation: str, **params: Any) -> None:
        """The operation was not called with these parameters."""
        from fakes3mp.inspection import assertions

        assertions.not_called(self.calls, operation, params)

    def assert_no_open_uploads(self) -> None:
        """Every upload was completed or aborted."""
        from fakes3mp.inspection import assertions

        assertions.no_open_uploads(self.uploads)

    # State

    def snapshot(self) -> Snapshot:
        """Everything as it is now, the clock too; bytes are shared, not copied."""
        return Snapshot(self._store.snapshot(), self.clock.position)

    def restore(self, snapshot: Snapshot) -> None:
        """Back to a snapshot, which stays good for another time, with an empty call log. Fault rules stay as they are."""
        self._store.restore(snapshot.contents)
        self.clock.go_back(snapshot.position)
        self.clear_calls()

    def undo(self, snapshot: Snapshot) -> None:
        """Back to a snapshot, as between two tests: without fault rules too."""
        self.faults.clear()
        self.restore(snapshot)

    def dump(self, directory: str | os.PathLike[str]) -> None:
        """Write buckets and objects to a directory: plain files and a ``manifest.json``. Uploads in progress are left out.

        Raises ValueError where the directory holds anything but an earlier dump, which is replaced.
        """
        from fakes3mp import seed_directory

        seed_directory.dump(self._store, Path(directory))

    @classmethod
    def load(cls, directory: str | os.PathLike[str], **options: Unpack[Options]) -> Self:
        """A fake, not started, with what ``dump`` wrote. Options are those of FakeS3; region and account are the dump's.

        ETags and checksums are computed from the files, so these may be edited by hand. Raises ValueError for what is no
        dump, or one of another format.

        >>> import tempfile
        >>> fake = FakeS3(buckets=["media"]); seeded = fake.put("media", "a.txt", b"hello")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     fake.dump(directory)
        ...     FakeS3.load(directory).object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp import seed_directory

        manifest = seed_directory.read_manifest(Path(directory))
        own: Options = {"region": manifest["region"], "account_id": manifest["account_id"]}
        own.update(options)
        made = cls(**own)
        seed_directory.load(made._store, Path(directory), manifest)
        made._loaded = made.snapshot()
        return made

    def reset(self) -> None:
        """Back to the beginning: the initial buckets or what was loaded, no calls, no faults, the clock's own time."""
        if self._loaded is None:
            self._store.reset()
            self._make_initial_buckets()
        else:
            self._store.restore(self._loaded.contents)
        self.faults.clear()
        self.clock.go_back()
        self.clear_calls()
