"""The context manager in which a fake is active."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3
    from fakes3mp.options import Options


class Activation:
    """A context manager that gives an active fake. It can be entered again, also while it is entered.

    Each entry starts a fake of its own. Without options, a fake that is active already is shared.

    Parameters
    ----------
    options : Options
        Those of FakeS3.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._entered: list[tuple[FakeS3, bool]] = []  # fake, and whether it is shared

    def __enter__(self) -> FakeS3:
        from fakes3mp.fake import FakeS3
        from fakes3mp.interceptors.active import ACTIVE

        innermost = ACTIVE.innermost
        is_shared = not self._options and isinstance(innermost, FakeS3)
        fake = cast("FakeS3", innermost) if is_shared else FakeS3(**self._options).start()
        self._entered.append((fake, is_shared))
        return fake

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fake, is_shared = self._entered.pop()
        if not is_shared:
            fake.stop(failed=error is not None)

    def copy(self) -> Activation:
        """Another activation with the same options. Each run of a decorated function needs one, as threads may overlap."""
        return Activation(self._options)
