"""``fakes3mp serve``: a fake behind a URL, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import warnings
import webbrowser
from typing import Any

from fakes3mp.commands.serving import add_fake_options, create_fake, finish, format_summary


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("serve", help="serve a fake over HTTP; prints its URL when it is ready")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=0, help="the port to listen on; 0 is a free one (default: %(default)s)"
    )
    add_fake_options(parser)
    parser.add_argument(
        "--access-key", help="with --secret-key: refuse requests that are signed with other credentials"
    )
    parser.add_argument("--secret-key", help="the secret key of --access-key")
    parser.add_argument(
        "--anyone", action="store_true", help="serve others on the network, who need not sign; without it they must"
    )
    parser.add_argument(
        "--max-body", type=int, metavar="BYTES", help="the longest body of a request (default: 5 GiB, S3's limit)"
    )
    parser.add_argument("--tls", action="store_true", help="serve HTTPS, with a self-signed certificate")
    parser.add_argument("--console", action="store_true", help="open the console page in a browser")
    parser.add_argument("--log", action="store_true", help="print a line for each call")
    parser.add_argument(
        "--control",
        choices=("loopback", "anywhere"),
        default="loopback",
        help="who may use the control API under /_fakes3mp/: this machine, or with --token others too",
    )
    parser.add_argument("--token", help="what control requests must carry as Authorization: Bearer TOKEN")
    parser.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> int:
    """Serve a fake over HTTP until SIGINT (Ctrl-C) or SIGTERM, then print what it holds."""
    from fakes3mp.server.server import Server, is_loopback

    _check_arguments(arguments, is_public=not is_loopback(arguments.host))
    fake = create_fake(arguments, **({"check_signatures": "required"} if arguments.access_key else {}))
    if arguments.access_key:
        fake.credentials.add(arguments.access_key, arguments.secret_key, account_id=fake.account_id)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    options: dict[str, Any] = {"control_anywhere": arguments.control == "anywhere", "control_token": arguments.token}
    if arguments.log:
        options["log"] = lambda line: print(line, flush=True)
    if arguments.max_body is not None:
        options["max_body"] = arguments.max_body
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # --anyone says that it is meant so
            server = Server(fake, arguments.host, arguments.port, tls=arguments.tls, **options)
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"cannot serve on {arguments.host}:{arguments.port}: {error}") from None
    with server:
        _announce(server.url, arguments, is_public=not is_loopback(arguments.host))
        while not stopped.wait(0.2):
            pass
    finish(fake, arguments)
    print(format_summary(fake))
    return 0


def _announce(url: str, arguments: argparse.Namespace, *, is_public: bool) -> None:
    print(url, flush=True)
    if is_public:
        print(f"{arguments.host} is not a loopback address: others on the network can reach it", file=sys.stderr)
    if arguments.console:
        webbrowser.open(f"{url}/_fakes3mp/")


def _check_arguments(arguments: argparse.Namespace, *, is_public: bool) -> None:
    if bool(arguments.access_key) != bool(arguments.secret_key):
        raise SystemExit("--access-key and --secret-key belong together")
    if is_public and not arguments.access_key and not arguments.anyone:
        raise SystemExit(
            f"{arguments.host} can be reached by others on the network, who would not have to sign: "
            "give --access-key and --secret-key, or --anyone if that is what you want"
        )
    if arguments.control == "anywhere" and not arguments.token:
        raise SystemExit("--control anywhere needs --token: whoever can reach the server could change the fake")
