"""``mock_aws``: in the shape of moto's, with S3 answered by a fake and every other service by moto."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from fakes3mp.activation.activation import Activation
from fakes3mp.activation.functions import decorate_function
from fakes3mp.locks import create_rlock

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fakes3mp.fake import FakeS3
    from fakes3mp.options import Options

T = TypeVar("T", bound="Callable[..., Any] | type")

# As lenient as the other library's S3.
_DEFAULTS: Options = {"bucket_defaults": "legacy", "bucket_names": "any"}
_CONFIG_KEYS: Mapping[str, tuple[str, ...]] = {
    "batch": ("use_docker",),
    "core": ("mock_credentials", "passthrough", "reset_boto3_session", "service_whitelist"),
    "iam": ("load_aws_managed_policies",),
    "iot": ("use_valid_cert",),
    "lambda": ("use_docker",),
    "stepfunctions": ("execute_state_machine",),
}
_DECORATED = "_fakes3mp_mock_aws"  # an attribute of decorated classes


class SharedMock:
    """What all ``mock_aws`` of the process share while at least one of them is active: the fake, and moto's mock."""

    def __init__(self) -> None:
        self._lock = create_rlock()
        self._count = 0
        self._is_own = False  # whether the fake was started here
        self.fake: FakeS3 | None = None

    def start(self, options: Options, config: Mapping[str, Any], *, reset: bool) -> FakeS3:
        """One more is active. The first starts the fake, unless it has no options and another is active already."""
        with self._lock:
            if self._count == 0:
                self._start(options, config, reset=reset)
            elif options:
                warnings.warn(
                    f"mock_aws is active already: {', '.join(sorted(options))} of the inner one has no effect",
                    UserWarning,
                    stacklevel=4,
                )
            self._count += 1
            assert self.fake is not None
            return self.fake

    def _start(self, options: Options, config: Mapping[str, Any], *, reset: bool) -> None:
        from fakes3mp.fake import FakeS3
        from fakes3mp.interceptors.other_mocks import OTHER_MOCK, is_moto_installed

        active = None if options else FakeS3.current()
        self._is_own = active is None
        if active is not None:
            self.fake = active
        else:
            if reset or self.fake is None:
                self.fake = create_fake(options)
            self.fake.answered_services |= {"sts"}
            if not is_moto_installed():
                self.fake.other_services = options.get("other_services", "refuse")
            self.fake.start()
        try:
            OTHER_MOCK.start(config)
        except BaseException:
            self._stop(failed=True)
            raise

    def stop(self, *, failed: bool = False, remove_data: bool = True) -> None:
        """One less is active. The last stops the fake and moto's mock."""
        with self._lock:
            if self._count == 0:
                raise RuntimeError(
                    "mock_aws was stopped more often than started: stop() belongs to a start() before it"
                )
            self._count -= 1
            if self._count == 0:
                try:
                    self._stop(failed=failed)
                finally:
                    if remove_data:
                        self.fake = None

    def _stop(self, *, failed: bool) -> None:
        from fakes3mp.interceptors.other_mocks import OTHER_MOCK

        try:
            OTHER_MOCK.stop()
        finally:
            if self._is_own and self.fake is not None:
                self.fake.stop(failed=failed)

    def reset(self) -> None:
        """Forget all buckets, and what moto holds."""
        from fakes3mp.interceptors.other_mocks import OTHER_MOCK

        if self.fake is not None:
            self.fake.reset()
        OTHER_MOCK.reset()


_SHARED = SharedMock()


def create_fake(options: Options) -> FakeS3:
    """A fake as lenient as the other library's S3, with these options."""
    from fakes3mp.fake import FakeS3

    account = os.environ.get("MOTO_ACCOUNT_ID")
    all_options: Options = {**_DEFAULTS}
    if account:
        all_options["account_id"] = account
    all_options.update(options)
    return FakeS3(**all_options)


class MockAws(Activation):
    """What ``mock_aws(...)`` returns: a decorator, and a context manager that gives the fake."""

    def __init__(self, config: Mapping[str, Any] | None = None, options: Options | None = None) -> None:
        super().__init__(options or {})
        self._config = dict(config or {})
        _warn_of_unknown_keys(self._config)

    def __call__(self, target: T) -> T:
        """Decorate a function or a class."""
        if not inspect.isclass(target):
            return cast(T, decorate_function(target, self))
        if _DECORATED in vars(target):
            warnings.warn(
                f"mock_aws decorates the class {target.__name__} twice: once is enough", UserWarning, stacklevel=3
            )
            return target
        from fakes3mp.activation.test_classes import decorate_class  # which imports unittest

        setattr(target, _DECORATED, True)
        return cast(T, decorate_class(target, self))

    def __enter__(self) -> FakeS3:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _SHARED.stop(failed=error is not None)

    def start(self, reset: bool = True) -> FakeS3:
        """Begin. Calls nest: all that are active share one state, and the last ``stop`` ends it.

        Parameters
        ----------
        reset : bool, default True
            Whether the first of them begins with nothing; otherwise with what was left by ``stop(remove_data=False)``.

        Returns
        -------
        FakeS3
            The fake.

        Examples
        --------
        >>> from fakes3mp import mock_aws
        >>> mock = mock_aws(); s3 = mock.start(); mock.stop()
        """
        return _SHARED.start(self._options, self._config, reset=reset)

    def stop(self, remove_data: bool = True) -> None:
        """End what ``start`` began.

        Parameters
        ----------
        remove_data : bool, default True
            Whether the buckets are forgotten; otherwise ``start(reset=False)`` goes on with them.

        Raises
        ------
        RuntimeError
            Where nothing was started.

        Examples
        --------
        >>> from fakes3mp import mock_aws
        >>> mock_aws().stop()
        Traceback (most recent call last):
        RuntimeError: mock_aws was stopped more often than started: stop() belongs to a start() before it
        """
        _SHARED.stop(remove_data=remove_data)

    def reset(self) -> None:
        """Forget all buckets, and what the other services hold.

        Examples
        --------
        >>> from fakes3mp import mock_aws
        >>> mock = mock_aws()
        >>> with mock as s3:
        ...     view = s3.create_bucket("media"); mock.reset(); list(s3.buckets)
        []
        """
        _SHARED.reset()

    def copy(self) -> MockAws:
        """Itself: what it begins is shared."""
        return self


def _warn_of_unknown_keys(config: Mapping[str, Any]) -> None:
    """Name the keys of a config that neither moto nor we know."""
    unknown = [key for key in config if key not in _CONFIG_KEYS]
    for section, keys in _CONFIG_KEYS.items():
        unknown += [f"{section}.{key}" for key in config.get(section) or () if key not in keys]
    if unknown:
        warnings.warn(
            f"mock_aws does not know these keys of its config: {', '.join(unknown)}", UserWarning, stacklevel=4
        )


@overload
def mock_aws(target: T, /) -> T: ...
@overload
def mock_aws(*, config: Mapping[str, Any] | None = None, **options: Unpack[Options]) -> MockAws: ...
def mock_aws(target: Any = None, /, *, config: Mapping[str, Any] | None = None, **options: Any) -> Any:
    """Run a function, a class or a ``with`` block while AWS is mocked: S3, S3 Control and STS here, the rest by moto.

    It has the shape of moto's ``mock_aws``, so that its users change one line. All that are active share one state, which
    begins empty with the first and ends with the last. Where moto is not installed, a call of another service is refused.

    New buckets are as lenient as moto's: ``bucket_defaults="legacy"`` and ``bucket_names="any"``, unless options say
    otherwise.

    Parameters
    ----------
    target : callable or class
        What to decorate, where it is used bare: ``@mock_aws``.
    config : mapping, optional
        moto's configuration, handed to it. Keys that nobody knows give a warning.
    **options
        Those of FakeS3.

    Returns
    -------
    callable, class or MockAws
        The decorated target; otherwise a decorator that is a context manager too, with ``start``, ``stop`` and ``reset``.
        ``with`` gives the FakeS3.

    Examples
    --------
    >>> import boto3
    >>> from fakes3mp import mock_aws
    >>> @mock_aws
    ... def test_put():
    ...     s3 = boto3.client("s3", region_name="us-east-1")
    ...     s3.create_bucket(Bucket="My_Bucket", ACL="public-read")
    ...     s3.put_object(Bucket="My_Bucket", Key="a.txt", Body=b"hello")
    >>> test_put()
    """
    if isinstance(target, Mapping):  # moto's parameter may be positional
        target, config = None, target
    mock = MockAws(config, cast("Options", options))
    return mock if target is None else mock(target)
