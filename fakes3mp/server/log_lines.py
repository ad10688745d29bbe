"""Lines of the server's log: one per request, on one line, without secrets."""

from __future__ import annotations

import re

# Query parameters that prove who signed: whoever reads the log could use them until they expire.
_SECRET_PARAMETERS = re.compile(
    r"(?i)([?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|X-Amz-S3session-Token"
    r"|Signature|AWSAccessKeyId)=)[^&\s]*"
)


def log_line(method: str, target: str, status: int, seconds: float, reason: str = "") -> str:
    """Method, target, status and milliseconds of one request, and why it was refused unread.

    >>> log_line("GET", "/media/k?X-Amz-Signature=0123&x-id=GetObject", 200, 0.0015)
    'GET /media/k?X-Amz-Signature=...&x-id=GetObject 200 1.5 ms'
    """
    line = f"{method} {target} {status} {seconds * 1e3:.1f} ms"
    return escape(_SECRET_PARAMETERS.sub(r"\1...", f"{line} ({reason})" if reason else line))


def escape(text: str) -> str:
    r"""The text with control characters and others that do not print as escapes, so that nobody can forge a line.

    >>> print(escape("a\nb\x1b[2J"))
    a\nb\x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
