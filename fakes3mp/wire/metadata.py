"""User metadata in headers: RFC 2047 words to text and back (O24-O26, O265)."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_qp
from functools import lru_cache

from fakes3mp.digests import b64

_WORD = r"=\?[uU][tT][fF]-8\?([bBqQ])\?([!->@-~]*)\?="  # seldom needed, so compiled when it is


@lru_cache(maxsize=4096)
def encoded_metadata(value: str) -> str:
    """User metadata outside printable ASCII comes back as one RFC 2047 word (O24-O26)."""
    if all(" " <= character <= "~" or character == "\t" for character in value):
        return value
    raw = value.encode("utf-8", "replace")
    if raw.isascii():
        return f"=?UTF-8?B?{b64(raw)}?="
    return f"=?UTF-8?Q?{''.join(map(_Q_ENCODING.__getitem__, raw))}?="


# RFC 2047, 4.2, as S3 applies it: printable ASCII except "=?_" is written as it is, and a space as an underscore.
_Q_ENCODING = [chr(byte) if 32 < byte < 127 and chr(byte) not in "=?_" else f"={byte:02X}" for byte in range(256)]
_Q_ENCODING[ord(" ")] = "_"


def decoded_metadata(value: str) -> str:
    """The text that S3 stores: that of an RFC 2047 word (O265), unless it is one of printable ASCII (O26).

    >>> decoded_metadata("=?UTF-8?Q?=C3=A9?="), decoded_metadata("=?UTF-8?B?YWJj?=")
    ('é', '=?UTF-8?B?YWJj?=')
    """
    word = re.fullmatch(_WORD, value) if value.startswith("=?") else None
    if word is None:
        return value
    try:
        raw = b64decode(word[2], validate=True) if word[1] in "bB" else a2b_qp(word[2], header=True)
        text = raw.decode("utf-8")
    except ValueError:  # no base64, no UTF-8
        return value
    return text if encoded_metadata(text) != text else value
