"""boto3 sessions of our own, one per region: with dummy credentials, without reading profiles or configuration files."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY

_SETTINGS = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}


def new_session(region: str) -> Any:
    """A new boto3 session of a region, whose clients have every handler that botocore has by now, a mock's too."""
    import boto3
    from botocore.session import Session

    core = Session({name: (None, None, value, None) for name, value in _SETTINGS.items()})
    core.set_credentials(ACCESS_KEY, SECRET_KEY)
    return boto3.Session(region_name=region, botocore_session=core)


@cache
def session(region: str) -> Any:
    """The boto3 session of a region, kept for the process: its clients share one loaded service model."""
    return new_session(region)
