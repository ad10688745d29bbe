"""Named profiles while a fake is active: their credentials are dummies, and nothing is read or called for them.

A profile may stand for single sign-on, a role, a process to run or a web identity. A session with a profile resolves none
of these; its other settings are read as ever. The one undocumented patch point is
``botocore.session.Session.get_scoped_config``; ``get_credentials`` is documented. A session keeps no dummies: once the fake
has stopped it resolves its profile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches
from fakes3mp.service.credentials import ACCESS_KEY


class ProfileInterceptor(ModuleInterceptor):
    """While it is installed, profiles have dummy credentials."""

    def patch(self, module: Any, patches: Patches) -> None:
        patches.replace(module.Session, "get_credentials", _patched_get_credentials)
        patches.replace(module.Session, "get_scoped_config", _patched_get_scoped_config)


def profile_key(session: Any) -> str | None:
    """The access key for a session with a profile and no credentials of its own; None for any other session."""
    profile = session.instance_variables().get("profile")
    fake = ACTIVE.innermost
    if profile is None or fake is None or session._credentials is not None:
        return None
    session.get_scoped_config()  # raises ProfileNotFound
    return fake.key_of_profile(profile) or ACCESS_KEY


def _patched_get_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_credentials(session: Any) -> Any:
        from fakes3mp.interceptors.dummy_credentials import DummyCredentials, is_dummy

        access_key = profile_key(session)
        if access_key is not None:
            return DummyCredentials(session, access_key)
        credentials = original(session)
        if not is_dummy(credentials):
            return credentials
        session._credentials = None
        return DummyCredentials(session)

    return get_credentials


def _patched_get_scoped_config(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_scoped_config(session: Any) -> Any:
        from botocore.exceptions import ProfileNotFound

        try:
            return original(session)
        except ProfileNotFound as error:
            profile, fake = session.get_config_variable("profile"), ACTIVE.innermost
            if fake is not None and fake.key_of_profile(profile) is not None:
                return {}
            error.args = (f"{error}. While a fake S3 is active, fake.credentials.add_profile({profile!r}) adds it",)
            raise

    return get_scoped_config


INTERCEPTOR = ProfileInterceptor("botocore.session")
