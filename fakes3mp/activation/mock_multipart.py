"""``mock_multipart``: a fake S3 around a test, as a decorator or a context manager."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from fakes3mp.activation.activation import Activation
from fakes3mp.activation.functions import decorate_function

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fakes3mp.options import Options

T = TypeVar("T", bound="Callable[..., Any] | type")
R = TypeVar("R")


class InjectingMultipart(Activation):
    """What ``mock_multipart(inject="s3")`` returns: a decorator that passes the fake, and a context manager."""

    def __call__(self, target: Callable[..., R]) -> Callable[..., R]:
        """Decorate a function."""
        if inspect.isclass(target):
            raise TypeError("inject is for functions; the tests of a class get the fake by FakeS3.current()")
        return decorate_function(target, self)


class MockMultipart(Activation):
    """What ``mock_multipart(...)`` returns: a context manager that gives the fake, and a decorator."""

    def __call__(self, target: T) -> T:
        """Decorate a function or a class."""
        if inspect.isclass(target):
            from fakes3mp.activation.test_classes import decorate_class  # which imports unittest

            return cast(T, decorate_class(target, self))
        return cast(T, decorate_function(target, self))


@overload
def mock_multipart(target: T, /) -> T: ...
@overload
def mock_multipart(*, inject: str, **options: Unpack[Options]) -> InjectingMultipart: ...
@overload
def mock_multipart(**options: Unpack[Options]) -> MockMultipart: ...
def mock_multipart(target: Any = None, /, *, inject: str | None = None, **options: Any) -> Any:
    """Run a function, a class or a ``with`` block while a fake S3 is active.

    It decorates functions, coroutine functions, generators, async generators and classes (unittest.TestCase, or a class
    for pytest), bare or with options. The signature is kept. Each run of a function has a fake of its own. A class has
    one fake, and each of its tests begins from what ``setUpClass`` or ``setup_class`` left.

    Without options, a fake that is active already is shared, so that a fixture and a decorator on one test see one state.

    Parameters
    ----------
    target : callable or class
        What to decorate, where it is used bare: ``@mock_multipart``.
    inject : str, optional
        The keyword argument by which a decorated function gets the fake: ``inject="s3"`` for ``def test_upload(s3)``. By
        default it gets none; ``FakeS3.current()`` is the fake too.
    **options
        Those of FakeS3: ``buckets``, ``region="us-east-1"``, ``account_id="123456789012"``, ``min_part_size=5 * MiB``
        (bytes), ``max_part_number=10_000``, ``strict=False``, ``seed=0``, ``clock=None``, ``passthrough=()``,
        ``check_signatures=True``, ``real_sleep=False``, ``record_bodies=True``, ``open_uploads="warn"``, ``wire="auto"``,
        ``spool_over=None`` (bytes), and others. FakeS3 describes each.

    Returns
    -------
    callable, class or MockMultipart
        The decorated target; where options are given or nothing, a decorator that is a context manager too. ``with``
        gives the FakeS3.

    Raises
    ------
    TypeError
        For an unknown option, when the fake is started.
    ValueError
        For an option's value that is not in its list, when the fake is started.
    OpenUploadError
        At the end, where an upload is open and ``open_uploads`` is "error".

    Examples
    --------
    >>> with mock_multipart(buckets=["media"]) as s3:
    ...     response = s3.client().put_object(Bucket="media", Key="a.txt", Body=b"hello")
    ...     s3.buckets["media"].keys()
    ['a.txt']

    >>> import boto3
    >>> @mock_multipart(buckets=["media"])
    ... def test_put():
    ...     boto3.client("s3").put_object(Bucket="media", Key="a.txt", Body=b"hello")
    >>> test_put()

    >>> @mock_multipart(buckets=["media"], inject="s3")
    ... def test_get(s3):
    ...     s3.put("media", "a.txt", b"hello")
    ...     return s3.client().get_object(Bucket="media", Key="a.txt")["Body"].read()
    >>> test_get()
    b'hello'
    """
    activation = (MockMultipart if inject is None else InjectingMultipart)(cast("Options", options), inject)
    return activation if target is None else activation(target)
