"""The options of a fake by name and type, as ``mock_multipart``, the marker, the fixtures and ``load`` take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from fakes3mp.service.clock import Clock, TimeSource


class Options(TypedDict, total=False):
    """The options of FakeS3, which describes each of them.

    Examples
    --------
    >>> from fakes3mp import FakeS3
    >>> options: Options = {"buckets": ["media"], "min_part_size": 1024}
    >>> list(FakeS3(**options).buckets)
    ['media']
    """

    buckets: Sequence[str]
    region: str
    account_id: str  # 12 digits
    min_part_size: int  # bytes
    max_part_number: int
    strict: bool
    seed: int
    clock: Clock | TimeSource | None
    passthrough: Sequence[str]  # endpoint URLs
    check_signatures: bool | Literal["required"]
    real_sleep: bool
    record: str  # "all", "none" or "last:10000"
    record_bodies: bool
    open_uploads: Literal["warn", "error", "ignore"]
    wire: Literal["auto", "http"]
    spool_over: int | None  # bytes
    bucket_defaults: Literal["2023", "legacy"]
    bucket_names: Literal["s3", "any"]
    other_services: Literal["auto", "refuse", "allow"]
    notify: Literal["moto", "none"]
    replication: Literal["clock", "immediate"]
    children: Literal["share", "refuse", "ignore"]
    native_clients: bool


# The options that are one of several words.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "open_uploads": ("warn", "error", "ignore"),
    "wire": ("auto", "http"),
    "children": ("share", "refuse", "ignore"),
    "bucket_defaults": ("2023", "legacy"),
    "bucket_names": ("s3", "any"),
    "other_services": ("auto", "refuse", "allow"),
    "notify": ("moto", "none"),
    "replication": ("clock", "immediate"),
}


def check_choices(**options: str) -> None:
    """Raise ValueError for an option's value that is not in its list.

    >>> check_choices(bucket_names="all")
    Traceback (most recent call last):
    ValueError: bucket_names is 's3' or 'any', not 'all'
    """
    for name, value in options.items():
        choices = CHOICES[name]
        if value not in choices:
            *others, last = map(repr, choices)
            raise ValueError(f"{name} is {', '.join(others)} or {last}, not {value!r}")
