"""``FakeS3``: its options, start and stop, and what interceptors and the server ask of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from fakes3mp.core.new_buckets import NewBuckets
from fakes3mp.core.store import Limits, MiB, Store
from fakes3mp.fake.neighbours import NeighbourMethods
from fakes3mp.fake.object_lambdas import ObjectLambdaMethods
from fakes3mp.fake.open_uploads import OpenUploadError, OpenUploadWarning
from fakes3mp.fake.seeding import SeedingMethods
from fakes3mp.fake.serving import ServingMethods
from fakes3mp.fake.state import Snapshot, StateMethods
from fakes3mp.inspection.call_log import CallLog
from fakes3mp.inspection.formatting import count
from fakes3mp.inspection.places import Place, current_place, warn_at
from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.destinations import send_event
from fakes3mp.interceptors.kms_keys import find_kms_key
from fakes3mp.options import Options, check_choices
from fakes3mp.service.clock import Clock, TimeSource
from fakes3mp.service.credentials import Credentials
from fakes3mp.service.faults import Faults
from fakes3mp.service.service import Service
from fakes3mp.wire import addressing, presigned
from fakes3mp.wire.messages import Request, Response, TypedRequest
from fakes3mp.wire.response_writer import TypedResponse

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class FakeS3(SeedingMethods, StateMethods, ServingMethods, ObjectLambdaMethods, NeighbourMethods):
    """An Amazon S3 in memory. While it is started, the S3 calls of every client in this process are answered by it.

    It is a context manager: ``with FakeS3(...) as s3`` starts and stops it. Fakes can be nested: the one started last
    answers.

    Parameters
    ----------
    buckets : sequence of str, default ()
        Names of buckets to create.
    region : str, default "us-east-1"
        The region of those buckets, and that of clients where no region is configured.
    account_id : str, default "123456789012"
        The 12 digits of the account that owns them.
    min_part_size : int, default 5 MiB (5,242,880)
        The size in bytes that every part but the last must have, checked at CompleteMultipartUpload (S3's manual,
        "Amazon S3 multipart upload limits").
    max_part_number : int, default 10,000
        The highest part number (S3's manual, "Amazon S3 multipart upload limits").
    strict : bool, default False
        Whether a parameter that the fake does not act on raises UnhonouredParameter. Otherwise ``call.ignored`` lists it.
    seed : int, default 0
        What upload ids, version ids and request ids are made from, and what ``faults.on(...).rate(...)`` draws from. The
        same seed gives the same ids.
    clock : Clock, callable or object with a method ``now``, optional
        Where the time comes from: a datetime with a time zone. By default the system's time.
    passthrough : sequence of str, default ()
        Endpoint URLs, such as "http://localhost:9000", whose calls go to the network.
    check_signatures : bool or "required", default True
        Whether signatures of presigned URLs, of forms and of requests to the server are checked where the secret key is
        known: that of the dummy credentials, and those added with ``credentials.add``. "required" refuses unknown access
        keys too.
    real_sleep : bool, default False
        Whether clients really wait before they retry. Otherwise their waits end at once, and ``call.waited`` has the
        seconds.
    record : "all", "none" or "last:10000", default "all"
        Which calls are recorded: all, none, or the last ones, here the last 10,000. A long run takes less memory then.
    record_bodies : bool, default True
        Whether the call log has the bodies of requests and responses. Otherwise it has their lengths.
    open_uploads : "warn", "error" or "ignore", default "warn"
        What happens where a multipart upload is open when the fake stops: OpenUploadWarning, OpenUploadError or nothing.
    wire : "auto" or "http", default "auto"
        "auto" answers boto3's calls without HTTP where this makes no difference to the code under test; with "http"
        every call is signed, serialised and parsed by botocore.
    spool_over : int, optional
        Bodies longer than so many bytes are stored in temporary files. By default all bodies are in memory.
    bucket_defaults : "2023" or "legacy", default "2023"
        How open new buckets are. "legacy" is S3 before April 2023: ACLs are enabled, public access is not blocked.
    bucket_names : "s3" or "any", default "s3"
        Whether S3's rules of naming hold for new buckets; with "any" ``My_Bucket`` can be created.
    other_services : "auto", "refuse" or "allow", default "auto"
        What becomes of calls of other AWS services that no mock answers. "auto" refuses those that are signed with the
        fake's dummy credentials, unless they are for this machine. NotIntercepted says so.
    notify : "moto" or "none", default "moto"
        Whether event notifications are sent to their queue, topic, function or bus where moto is active.
    replication : "clock" or "immediate", default "clock"
        When the replicas of a bucket with a replication configuration arrive: with "clock" when the fake's clock has moved
        by 15 minutes, with "immediate" as soon as the source is written.
    children : "share", "refuse" or "ignore", default "share"
        What child processes of the process reach while the fake is started. With "share" they reach this fake: forked ones
        over a local socket, others through environment variables that only they get. "refuse" raises RuntimeError where a
        child is made or calls, "ignore" leaves children alone.
    native_clients : bool, default False
        Whether libraries with a native client (pyarrow, polars, obstore, deltalake, lance) are served: the fake is served
        on loopback, and the environment variables that they read point there while it is started. Otherwise they are
        refused where Python can see them.

    Attributes
    ----------
    clock : Clock
        The fake's time.
    faults : Faults
        Rules that let chosen calls fail.
    credentials : Credentials
        The access keys that are known.
    region : str
        The option.
    account_id : str
        The option.

    Raises
    ------
    TypeError
        For an unknown option, and where ``buckets`` is one string.
    ValueError
        For an option's value that is not in its list.
    S3Error
        For a name of a bucket that S3 would refuse.

    Examples
    --------
    >>> with FakeS3(buckets=["media"]) as s3:
    ...     response = s3.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> s3.object("media", "a.txt").body
    b'hello'
    """

    clock: Clock
    faults: Faults
    credentials: Credentials
    region: str
    account_id: str
    passthrough: tuple[str, ...]
    children: str
    real_sleep: bool
    other_services: str
    allows_before_call: bool
    native_clients: bool
    place: Place = Place("", 0)  # at which warnings point: where it was started

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
        record: str = "all",
        record_bodies: bool = True,
        open_uploads: Literal["warn", "error", "ignore"] = "warn",
        wire: Literal["auto", "http"] = "auto",
        spool_over: int | None = None,
        bucket_defaults: Literal["2023", "legacy"] = "2023",
        bucket_names: Literal["s3", "any"] = "s3",
        other_services: Literal["auto", "refuse", "allow"] = "auto",
        notify: Literal["moto", "none"] = "moto",
        replication: Literal["clock", "immediate"] = "clock",
        children: Literal["share", "refuse", "ignore"] = "share",
        native_clients: bool = False,
    ) -> None:
        super().__init__()
        if isinstance(buckets, str):
            raise TypeError(f"buckets is a list of names: buckets=[{buckets!r}]")
        check_choices(open_uploads=open_uploads, wire=wire, children=children, notify=notify, replication=replication)
        check_choices(bucket_defaults=bucket_defaults, bucket_names=bucket_names, other_services=other_services)
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        limits = Limits(min_part_size, max_part_number)
        self._store = Store(now=self.clock.now, seed=seed, account_id=account_id, region=region, limits=limits)
        self._store.new_buckets = NewBuckets(bucket_defaults == "legacy", bucket_names == "any")
        self._store.replicates_immediately = replication == "immediate"
        self._call_log = CallLog(bodies=record_bodies, record=record)
        self.faults = Faults(seed, self)
        self.credentials = Credentials(account_id)
        self._service = Service(
            self._store,
            self._call_log,
            self.credentials,
            clock=self.clock,
            faults=self.faults,
            strict=strict,
            signatures="required" if check_signatures == "required" else "checked" if check_signatures else "ignored",
            spool_over=spool_over,
        )
        self._initial_buckets, self._open_uploads = tuple(buckets), open_uploads
        self._endpoints: set[str] = set()  # those of clients that called
        self._clients, self._started = {}, False
        self.region, self.account_id, self.passthrough = region, account_id, tuple(passthrough)
        self.real_sleep, self.children, self.other_services = real_sleep, children, other_services
        self.native_clients, self.allows_before_call = native_clients, wire == "auto"
        if notify == "moto":
            self._service.events.send, self._service.find_kms_key = send_event, find_kms_key
        self._create_initial_buckets()

    @classmethod
    def load(cls, directory: str | os.PathLike[str], **options: Unpack[Options]) -> Self:
        """Create a fake, not started, with the buckets and objects that ``dump`` wrote.

        ETags and checksums are computed from the files, so the files can be edited by hand.

        Parameters
        ----------
        directory : str or path
            The directory.
        **options
            Those of FakeS3. Region and account are the dump's where they are not given.

        Returns
        -------
        FakeS3
            ``reset()`` brings it back to what was loaded.

        Raises
        ------
        ValueError
            Where the directory has no dump, one of another format, or one that was changed to what S3 would refuse.

        Examples
        --------
        >>> import tempfile
        >>> s3 = FakeS3(buckets=["media"]); view = s3.put("media", "a.txt", b"hello")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     s3.dump(directory)
        ...     FakeS3.load(directory).object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp import seed_directory

        manifest = seed_directory.read_manifest(Path(directory))
        all_options: Options = {"region": manifest["region"], "account_id": manifest["account_id"]}
        all_options.update(options)
        fake = cls(**all_options)
        seed_directory.load(fake._store, Path(directory), manifest, fake._service.check_configuration)
        fake._loaded = fake.snapshot()
        return fake

    def start(self) -> FakeS3:
        """Answer every S3 call of this process from now on, until ``stop``.

        Dummy credentials and a region are set in the environment where none are configured.

        Returns
        -------
        FakeS3
            The fake itself.

        Raises
        ------
        RuntimeError
            Where it is started already.

        Examples
        --------
        >>> s3 = FakeS3(buckets=["media"]).start()
        >>> [bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]]
        ['media']
        >>> s3.stop()
        """
        if self._started:
            raise RuntimeError("this FakeS3 is started already")
        from fakes3mp.interceptors.catalog import INTERCEPTORS

        self.place = current_place()
        ACTIVE.push(self, INTERCEPTORS)
        self._started = True
        if self.native_clients:
            self._serve_native_clients()
        return self

    def stop(self, *, failed: bool = False) -> None:
        """Answer no more calls, and restore what ``start`` changed. The fake can still be inspected, and started again.

        It gives UnfiredFaultWarning where a fault rule has not fired, and what ``open_uploads`` says where an upload is
        open.

        Parameters
        ----------
        failed : bool, default False
            Whether the test has failed already: then it gives no warning and no error.

        Raises
        ------
        RuntimeError
            Where it is not started.
        OpenUploadError
            Where an upload is open and ``open_uploads`` is "error".

        Examples
        --------
        >>> s3 = FakeS3().start(); s3.stop(); s3
        <FakeS3 stopped: 0 buckets, 0 uploads>
        """
        if not self._started:
            raise RuntimeError("this FakeS3 is not started")
        self._started = False
        self._stop_serving_native_clients()
        ACTIVE.remove(self)
        self._stop_child_server()
        if not failed:
            self.faults.warn_unfired()
        self.report_open_uploads(failed=failed)

    def report_open_uploads(self, *, failed: bool = False, since: Snapshot | None = None) -> None:
        """Do what ``open_uploads`` says where an upload is open: warn, raise or nothing. ``stop`` calls it.

        Parameters
        ----------
        failed : bool, default False
            Whether the test has failed already: then nothing happens.
        since : Snapshot, optional
            Consider only uploads initiated after this snapshot. By default all.

        Raises
        ------
        OpenUploadError
            Where an upload is open and ``open_uploads`` is "error".

        Examples
        --------
        >>> FakeS3(open_uploads="error").report_open_uploads()
        """
        uploads_before = since.contents.uploads if since else {}
        open_ids = self._store.open_upload_ids() - uploads_before.keys()
        if not open_ids or failed or self._open_uploads == "ignore":
            return
        from fakes3mp.inspection import assertions

        still_open = [assertions.describe_open_upload(upload) for upload in self.uploads.open if upload.id in open_ids]
        message = "uploads still open:\n" + "\n".join(f"  {line}" for line in still_open)
        if self._open_uploads == "warn":
            warn_at(self.place, message, OpenUploadWarning)
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
        return f"<FakeS3 {state}: {count(len(self._store.buckets), 'bucket')}, {count(len(self._store.uploads), 'upload')}>"

    # For interceptors and the server

    def handle(self, request: Request) -> Response:
        """Answer one HTTP request. Raises ConnectionFailure where a fault breaks the connection."""
        from fakes3mp.service.http import handle_request

        if request.endpoint is not None:
            self._endpoints.add(request.endpoint)
        return handle_request(self._service, request)

    def answer_without_http(self, request: TypedRequest, endpoint: str) -> TypedResponse | None:
        """Answer one call that needs no HTTP; None where HTTP is needed. For the ``before-call`` interceptor."""
        self._endpoints.add(endpoint)
        return self._service.answer_without_http(request)

    def endpoint_of(self, url: str) -> str | None:
        """The endpoint of a URL: that of a client that has called, or what follows a bucket's name in its host."""
        endpoints = (endpoint for endpoint in tuple(self._endpoints) if addressing.belongs_to(url, endpoint))
        return next(endpoints, None) or addressing.endpoint_behind(url, self._store.buckets)

    def key_of_profile(self, profile: str) -> str | None:
        """The access key of a profile that was added to ``credentials``. For sessions of this process."""
        return self.credentials.key_of_profile(profile)

    @property
    def requires_signatures(self) -> bool:
        """Whether only requests with a known access key and its signature are answered."""
        return self._service.signatures == "required"

    def claims(self, url: str) -> bool:
        """Whether a URL is S3's: at one of Amazon's hosts, presigned, or at the endpoint of a client that has called."""
        return addressing.is_amazons(url) or presigned.is_presigned(url) or self.endpoint_of(url) is not None
