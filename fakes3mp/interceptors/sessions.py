"""Sessions of our own: ready-made clients without credentials, profiles, or a second loading of the model.

What may live here: one boto3 session per region, kept for the process. It knows dummy credentials and nothing else.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from fakes3mp.service.credentials import ACCESS_KEY, SECRET_KEY


@cache
def session(region: str) -> Any:
    """The boto3 session of a region."""
    import boto3
    from botocore.session import Session

    core = Session({name: (None, None, value, None) for name, value in _NOTHING_READ.items()})
    core.set_credentials(ACCESS_KEY, SECRET_KEY)
    return boto3.Session(region_name=region, botocore_session=core)


_NOTHING_READ = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
