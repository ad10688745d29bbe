"""``Server``: a real HTTP server for a fake, for clients of other processes and languages."""

from __future__ import annotations

import ipaddress
import re
import ssl
import threading
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.server.connections import ListeningServer, Settings
from fakes3mp.server.control import Control
from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client  # Any where the user has no boto3-stubs
    from typing_extensions import Self

F = TypeVar("F")  # the fake that answers: a FakeS3

_MAX_BODY = 5 << 30  # bytes: S3's limit for a single request


class Server(Generic[F]):
    """A real HTTP server for a fake, in threads of this process, for clients of any process and any language.

    Use it as a context manager, or call ``start`` and ``stop``. Clients of this process can use its URL too, even while
    another fake is active.

    Parameters
    ----------
    fake : FakeS3
        The fake that answers. It need not be started: starting is for clients of this process.
    host : str
        The name or IP address to listen at: by default only this machine can connect. ``"0.0.0.0"`` lets others on the
        network connect.
    port : int
        The TCP port to listen at; 0 takes a free one.
    tls : bool
        Whether to serve HTTPS, with a self-signed certificate made for this server. It needs ``fakes3mp[tls]``.
    log : callable, optional
        Called with one line of text for each request that was answered: method, path, status and milliseconds. Control
        characters are escaped; signatures, credentials and tokens are left out. By default nothing is logged.
    max_body : int
        The longest body of a request in bytes; a longer one is refused with EntityTooLarge. By default S3's limit, 5 GiB.
    control_anywhere : bool
        Whether the control API under ``/_fakes3mp/`` answers other machines too; by default only this one.
    control_token : str, optional
        What requests to the control API must carry as ``Authorization: Bearer TOKEN``.

    Attributes
    ----------
    fake : FakeS3
        The fake that answers.
    url : str
        The URL of the server, with its scheme, host and port: the ``endpoint_url`` of clients.

    Raises
    ------
    OSError
        The server cannot listen at this host and port: the port is in use, for example.
    RuntimeError
        ``tls`` is true and the package cryptography is not installed.

    Warns
    -----
    UserWarning
        Others on the network can connect, and the fake does not require signatures (``check_signatures="required"``).

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> with Server(FakeS3(buckets=["media"])) as server:
    ...     server.client().list_buckets()["Buckets"][0]["Name"]
    'media'
    """

    def __init__(
        self,
        fake: F,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: bool = False,
        log: Callable[[str], None] | None = None,
        max_body: int = _MAX_BODY,
        control_anywhere: bool = False,
        control_token: str | None = None,
    ) -> None:
        self.fake: F = fake
        answering: Any = fake
        if not is_loopback(host) and not answering.requires_signatures:
            warnings.warn(
                f"Server(host={host!r}) answers everybody on the network: nobody has to sign. "
                'Listen at "127.0.0.1", or use FakeS3(check_signatures="required") and fake.credentials.add(...).',
                stacklevel=2,
            )
        self._tls = tls
        control = Control(answering, anywhere=control_anywhere, token=control_token)
        settings = Settings(answering, control, max_body, log)
        self._server = ListeningServer(settings, host, port, _self_signed_context() if tls else None)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fakes3mp server")
        url_host = f"[{host}]" if ":" in host else host
        self.url: str = f"{'https' if tls else 'http'}://{url_host}:{self._server.port}"

    def start(self) -> Self:
        """Begin to answer requests; the socket listens since the server was constructed.

        Returns
        -------
        Server
            This server.

        Raises
        ------
        RuntimeError
            The server was started before: each can be started once.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> server = Server(FakeS3()).start()
        >>> server.client().list_buckets()["Buckets"]
        []
        >>> server.stop()
        """
        if self._server.is_stopping:
            raise RuntimeError("this server was stopped, and each can be started once: create another one")
        self._thread.start()
        ACTIVE.server_urls.add(self.url)
        return self

    def stop(self) -> None:
        """Answer the requests that are under way, then close every connection and the socket, and end the threads.

        It takes less than two seconds: a request that is not answered by then is dropped. Stopping a server that was never
        started, or is stopped already, does nothing more than close its socket.

        Raises
        ------
        Exception
            The first exception of the fake's own that was no response of S3's: a bug. Its request was answered with 500.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> server = Server(FakeS3()).start()
        >>> server.stop()
        """
        ACTIVE.server_urls.discard(self.url)
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.close()
        if self._server.bugs:
            raise self._server.bugs.pop(0)

    def get_host_and_port(self) -> tuple[str, int]:
        """The host and the port that the server listens at, as moto's server says them.

        Returns
        -------
        tuple of str and int
            As in ``("127.0.0.1", 5000)``.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with Server(FakeS3()) as server:
        ...     host, port = server.get_host_and_port()
        >>> host
        '127.0.0.1'
        """
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def _region(self) -> str:
        fake: Any = self.fake
        return str(fake.region)

    @overload
    def client(self, service: Literal["s3"] = "s3", **options: Any) -> S3Client: ...
    @overload
    def client(self, service: str, **options: Any) -> Any: ...
    def client(self, service: str = "s3", **options: Any) -> Any:
        """A boto3 client of this server, with credentials that the server knows.

        Parameters
        ----------
        service : str
            The service of the client: ``"s3"`` or ``"s3control"``.
        **options
            Options of boto3's ``Session.client``: ``config``, ``aws_access_key_id`` and others. They replace those that
            point the client at this server.

        Returns
        -------
        botocore.client.BaseClient
            A new client. For type checkers it is an S3Client where boto3-stubs are installed.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with Server(FakeS3(buckets=["media"])) as server:
        ...     response = server.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
        >>> server.fake.object("media", "a.txt").body
        b'hello'
        """
        from fakes3mp.interceptors.sessions import session

        client_options = {"endpoint_url": self.url, "verify": not self._tls, **options}
        client = session(self._region).client(service, **client_options)
        client.meta.events.register("before-sign.s3-control", _remove_account)
        return client

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point AWS's SDKs and tools at this server.

        Returns
        -------
        dict of str to str
            ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL``, ``AWS_DEFAULT_REGION`` and
            ``AWS_REGION``, which the SDKs of other languages read. Merge them into ``os.environ`` for a child process.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with Server(FakeS3(region="eu-west-1")) as server:
        ...     server.environment["AWS_DEFAULT_REGION"]
        'eu-west-1'
        """
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        region = {"AWS_DEFAULT_REGION": self._region, "AWS_REGION": self._region}
        return {**keys, "AWS_ENDPOINT_URL": self.url, **region}


def _remove_account(request: Any, **kwargs: Any) -> None:
    """Take the account out of the host of a call of S3 Control: no such name resolves. Its header has it too."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url, count=1)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a host: a name or an IP address.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _self_signed_context() -> ssl.SSLContext:
    from werkzeug.serving import generate_adhoc_ssl_context

    try:
        return generate_adhoc_ssl_context()
    except TypeError as missing:  # which werkzeug raises
        raise RuntimeError(
            "a self-signed certificate needs the package cryptography: pip install fakes3mp[tls]"
        ) from missing
