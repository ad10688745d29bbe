"""What S3 Control lists: an account's resources by name, in pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from fakes3mp.core.control import AccountKey
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Answer

T = TypeVar("T")

_LARGEST = 1000  # entries


def of_account(resources: Mapping[AccountKey, T], account_id: str) -> dict[str, T]:
    """Those of an account, by name."""
    return {name: resource for (owner, name), resource in resources.items() if owner == account_id}


def access_points_of(store: Store, account_id: str, kind: type[T]) -> list[T]:
    """The account's access points of one kind."""
    return [
        point for point in store.access_points.values() if point.account_id == account_id and isinstance(point, kind)
    ]


def list_page(
    member: str,
    resources: Mapping[str, T],
    describe: Callable[[T], Answer],
    next_token: str | None,
    max_results: int | None = None,
) -> Answer:
    """The response with one page of resources in the order of their names, each described; ``member`` has them."""
    names, token = page_of(resources, next_token, max_results)
    answer: Answer = {member: [describe(resources[name]) for name in names]}
    return answer if token is None else {**answer, "NextToken": token}


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
