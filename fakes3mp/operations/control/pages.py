"""The pages in which S3 Control lists things by name."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from fakes3mp.errors import S3Error

_LARGEST = 1000  # entries


def page_of(
    names: Iterable[str], next_token: str | None, max_results: int | None, default: int = _LARGEST
) -> tuple[list[str], str | None]:
    """The names of one page in their order, and the token of the next one.

    Raises InvalidRequest for a token that no page had, and for a size out of range (O391).

    >>> page_of(["b", "c", "a"], None, 2)
    (['a', 'b'], 'Yg==')
    >>> page_of(["b", "c", "a"], "Yg==", 2)
    (['c'], None)
    """
    size = default if max_results is None else max_results
    if not 1 <= size <= _LARGEST:
        raise S3Error("InvalidRequest", "The range for MaxResults is not valid")  # wording not verified
    after = _last_name(next_token)
    rest = sorted(name for name in names if name > after)
    page = rest[:size]
    return page, base64.urlsafe_b64encode(page[-1].encode()).decode() if len(rest) > size else None


def _last_name(token: str | None) -> str:
    try:
        return base64.b64decode(token or "", b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise S3Error("InvalidRequest", "The next token is not valid") from None  # wording not verified
