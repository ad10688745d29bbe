"""What FakeS3 knows of its neighbours: other fakes, clients of other AWS services, and mocks of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes3mp.interceptors.active import ACTIVE

if TYPE_CHECKING:
    from typing_extensions import Self


class NeighbourMethods:
    """Part of FakeS3: the active fake, and what it is to other services."""

    other_services: str
    answered_services: frozenset[str] = frozenset(("s3", "s3control"))  # botocore's names

    @classmethod
    def current(cls) -> Self | None:
        """The active fake: of several that are started, the one that answers.

        Returns
        -------
        FakeS3 or None
            None where no fake is active.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> with FakeS3() as s3:
        ...     FakeS3.current() is s3
        True
        >>> FakeS3.current() is None
        True
        """
        innermost = ACTIVE.innermost
        return innermost if isinstance(innermost, cls) else None
