"""The context manager in which a fake is active."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3
    from fakes3mp.inspection.places import Place
    from fakes3mp.options import Options


class Activation:
    """A context manager that gives an active fake. It can be entered again, also while it is entered.

    Each entry starts a fake of its own. Without options, a fake that is active already is shared.

    Parameters
    ----------
    options : Options
        Those of FakeS3.
    inject : str, optional
        The keyword argument by which decorated functions get the fake.
    """

    def __init__(self, options: Options, inject: str | None = None) -> None:
        self._options = options
        self.inject: str | None = inject
        self.place: Place | None = None  # of the decorated function, at which warnings point
        self._entered: list[tuple[FakeS3, bool]] = []  # fake, and whether it is shared

    def __enter__(self) -> FakeS3:
        from fakes3mp.fake import FakeS3
        from fakes3mp.interceptors.active import ACTIVE

        innermost = ACTIVE.innermost
        is_shared = not self._options and isinstance(innermost, FakeS3)
        fake = cast("FakeS3", innermost) if is_shared else FakeS3(**self._options).start()
        if not is_shared and self.place is not None:
            fake.place = self.place
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
        activation = Activation(self._options, self.inject)
        activation.place = self.place
        return activation

    def arguments(self, fake: FakeS3, arguments: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments of a decorated function: those it is called with, and the fake where it is injected."""
        return arguments if self.inject is None else {**arguments, self.inject: fake}
