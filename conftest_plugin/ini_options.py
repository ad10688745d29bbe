"""The ini options: what fixtures give their fakes where the marker says nothing else."""

from __future__ import annotations

from typing import Any

import pytest

# Option of FakeS3 -> what it is for, and its choices, the default first. The ini option begins with ``fake_s3_``.
INI_OPTIONS = {
    "open_uploads": ("what to do when a test leaves a multipart upload open", ("warn", "error", "ignore")),
    "bucket_defaults": ("how open new buckets are: as since April 2023, or as before", ("2023", "legacy")),
    "bucket_names": ("whether S3's rules of naming hold for new buckets", ("s3", "any")),
    "other_services": ("what becomes of calls of other services that no mock answers", ("auto", "refuse", "allow")),
    "replication": ("when replicas arrive: when the fake's clock has moved, or at once", ("clock", "immediate")),
}


def check_ini_options(config: pytest.Config) -> None:
    """Raise UsageError for a value that is not in its list."""
    for name, value in ini_options(config).items():
        choices = INI_OPTIONS[name][1]
        if value not in choices:
            *others, last = choices
            raise pytest.UsageError(f"fake_s3_{name} is {', '.join(others)} or {last}, not {value!r}")


def ini_options(config: pytest.Config) -> dict[str, Any]:
    """The options of FakeS3 that the ini file gives."""
    return {name: config.getini(f"fake_s3_{name}") for name in INI_OPTIONS}
