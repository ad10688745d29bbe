"""``mock_multipart``: a fake around a test, in whatever form the test has.

What may live here: turning functions, coroutines, generators, classes and ``with`` blocks into code that runs while a
fake is active.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fakes3mp.fake import FakeS3
    from fakes3mp.options import Options

T = TypeVar("T", bound="Callable[..., Any] | type")


class Activation:
    """What ``mock_multipart(...)`` gives: a decorator and a context manager.

    Each entry makes a fake of its own; without options, one that is active already is shared.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._entered: list[tuple[FakeS3, bool]] = []

    def __enter__(self) -> FakeS3:
        from fakes3mp.fake import FakeS3
        from fakes3mp.interceptors.active import ACTIVE

        active = ACTIVE.top
        shared = not self._options and isinstance(active, FakeS3)
        fake = cast("FakeS3", active) if shared else FakeS3(**self._options).start()
        self._entered.append((fake, shared))
        return fake

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fake, shared = self._entered.pop()
        if not shared:
            fake.stop(failed=error is not None)

    def fresh(self) -> Activation:
        """Another one with the same options: a decorated function may run in several threads at once."""
        return Activation(self._options)

    def __call__(self, target: T) -> T:
        if inspect.isclass(target):
            from fakes3mp.activation.test_classes import decorated_class  # which imports unittest

            return cast(T, decorated_class(target, self))
        return cast(T, decorated(target, self))


def decorated(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """The function, run while a fake is active; its signature is kept."""
    for is_kind, wrapped in (
        (inspect.isasyncgenfunction, _async_generator),
        (inspect.iscoroutinefunction, _coroutine),
        (inspect.isgeneratorfunction, _generator),
    ):
        if is_kind(function):
            return wrapped(function, activation)
    return _function(function, activation)


def _function(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.fresh():
            return function(*args, **kwargs)

    return wrapper


def _coroutine(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.fresh():
            return await function(*args, **kwargs)

    return wrapper


def _generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with activation.fresh():
            return (yield from function(*args, **kwargs))

    return wrapper


def _async_generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """What ``yield from`` does for generators, spelled out: what is sent or thrown in is passed on."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with activation.fresh():
            inner = function(*args, **kwargs)
            step = inner.asend(None)
            try:
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = inner.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step = inner.athrow(error)
            finally:
                await inner.aclose()

    return wrapper


@overload
def mock_multipart(target: T, /) -> T: ...
@overload
def mock_multipart(**options: Unpack[Options]) -> Activation: ...
def mock_multipart(target: Any = None, /, **options: Any) -> Any:
    """A fake S3 around a function, coroutine function, generator, class, or ``with`` block.

    Options are those of FakeS3. Without any, a fake that is active already is shared, so that a fixture and a decorator on
    one test see one state.

    >>> with mock_multipart(buckets=["media"]) as s3:
    ...     s3.buckets["media"].keys()
    []
    """
    activation = Activation(cast("Options", options))
    return activation if target is None else activation(target)
