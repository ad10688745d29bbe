"""``Server``: a server with a fake of its own, as fixtures that start moto's server construct it."""

from __future__ import annotations

from typing import Any

from fakes3mp.activation.mock_aws import create_fake
from fakes3mp.fake import FakeS3
from fakes3mp.server import server


class Server(server.Server[FakeS3]):
    """A real HTTP server for a fake, in threads of this process, for clients of any process and any language.

    Use it as a context manager, or call ``start`` and ``stop``.

    Parameters
    ----------
    fake : FakeS3, optional
        The fake that answers. By default a new one, as lenient as that of ``mock_aws``: a fixture that starts moto's
        server changes its import.
    host : str, default "127.0.0.1"
        The name or IP address to listen at.
    port : int, default 0
        The TCP port to listen at; 0 takes a free one.
    ip_address : str, optional
        moto's name for ``host``.
    verbose : bool, default False
        Whether to print a line for each request, as moto's server does.
    **options
        Further options of ``fake.serve``: ``tls``, ``log``, ``max_body``, ``control_anywhere``, ``control_token``.

    Examples
    --------
    >>> server = Server().start()
    >>> server.client().list_buckets()["Buckets"]
    []
    >>> server.stop()
    """

    def __init__(
        self,
        fake: FakeS3 | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ip_address: str | None = None,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if verbose:
            options.setdefault("log", print)
        fake = create_fake({"open_uploads": "ignore"}) if fake is None else fake
        super().__init__(fake, ip_address or host, port, **options)
