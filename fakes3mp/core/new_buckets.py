"""What holds for new buckets of a store: the rules of their names, and how open they are to the public at first."""

from __future__ import annotations

import re
from collections.abc import Callable

from fakes3mp.core.buckets import is_directory
from fakes3mp.core.value import Value


class NewBuckets(Value, frozen=True):
    """How a store creates buckets.

    ``are_legacy``: as before April 2023, with ACLs enabled and without Block Public Access. ``any_name``: S3's rules of
    naming do not apply.
    """

    are_legacy: bool = False
    any_name: bool = False


def is_legacy(bucket_defaults: str) -> bool:
    """Whether the option ``bucket_defaults`` asks for buckets as before April 2023; ValueError for another value.

    >>> is_legacy("2023"), is_legacy("legacy")
    (False, True)
    """
    if bucket_defaults not in ("2023", "legacy"):
        raise ValueError(f"bucket_defaults is '2023' or 'legacy', not {bucket_defaults!r}")
    return bucket_defaults == "legacy"


_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")  # O389
_RESERVED_SUFFIXES = ("--ol-s3", ".mrap", "--table-s3")
# S3's manual, "General purpose bucket naming rules": the rule, and whether a name breaks it.
_NAMING_RULES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("it has 3 to 63 characters", lambda name: not 3 <= len(name) <= 63),
    (
        "it has only lower-case letters, digits, dots and hyphens",
        lambda name: re.search("[^a-z0-9.-]", name) is not None,
    ),
    ("it begins and ends with a letter or a digit", lambda name: not (name[0].isalnum() and name[-1].isalnum())),
    ("it has no two dots side by side", lambda name: ".." in name),
    ("it is not formed like an IP address", lambda name: re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name) is not None),
    (f"it begins with none of {', '.join(_RESERVED_PREFIXES)}", lambda name: name.startswith(_RESERVED_PREFIXES)),
    ("it does not end in -s3alias, which access points have", lambda name: name.endswith("-s3alias")),
    ("it ends in --x-s3 only with a zone before it", lambda name: name.endswith("--x-s3") and not is_directory(name)),
    (f"it ends in none of {', '.join(_RESERVED_SUFFIXES)}", lambda name: name.endswith(_RESERVED_SUFFIXES)),
)


def broken_naming_rule(name: str) -> str | None:
    """The rule that a bucket's name breaks; None for a good name.

    >>> broken_naming_rule("My_Bucket"), broken_naming_rule("my-bucket")
    ('it has only lower-case letters, digits, dots and hyphens', None)
    """
    return next((rule for rule, is_broken in _NAMING_RULES if is_broken(name)), None)
