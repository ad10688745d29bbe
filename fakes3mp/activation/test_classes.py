"""Test classes under a fake: unittest's and pytest's.

What may live here: where a class's own set-up and tear-down stand in relation to the fake. One fake serves the class;
each test begins from the state that the class's set-up left, and sees nothing of the other tests.
"""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes3mp.activation.mock_multipart import Activation
    from fakes3mp.fake import FakeS3, Snapshot


class ClassFake:
    """The fake of one class, while its tests run."""

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._running = ExitStack()
        self._fake: FakeS3 | None = None
        self._base: Snapshot | None = None

    @property
    def is_running(self) -> bool:
        return self._fake is not None

    def start(self) -> None:
        self._fake = self._running.enter_context(self._activation.fresh())

    def stop(self) -> None:
        self._fake = self._base = None
        self._running.close()

    def begin_test(self) -> None:
        """Back to where the class's set-up ended: the first test finds it there, the others are brought back."""
        assert self._fake is not None
        if self._base is None:
            self._base = self._fake.snapshot()
        else:
            self._fake.undo(self._base)


def decorated_class(cls: type, activation: Activation) -> type:
    """The class, changed in place so that its tests, set-up and tear-down run while a fake is active."""
    if issubclass(cls, unittest.TestCase):
        _decorate_unittest(cls, activation)
    else:
        _decorate_plain(cls, activation)
    return cls


def _decorate_unittest(cls: type[unittest.TestCase], activation: Activation) -> None:
    """Unittest runs: setUpClass, then for each test setUp, test, tearDown; class clean-ups come last, always."""
    fakes: dict[type, ClassFake] = {}
    set_up_class, run = cls.setUpClass.__func__, cls.run  # type: ignore[attr-defined]

    def setUpClass(owner: type[unittest.TestCase]) -> None:
        fake = fakes[owner] = ClassFake(activation)
        fake.start()
        owner.addClassCleanup(fake.stop)
        set_up_class(owner)

    @functools.wraps(run)
    def run_test(self: unittest.TestCase, result: unittest.TestResult | None = None) -> Any:
        fake = fakes.get(type(self))
        if fake is None or not fake.is_running:  # run by hand, without its class
            with activation.fresh():
                return run(self, result)
        fake.begin_test()
        return run(self, result)

    cls.setUpClass = classmethod(setUpClass)  # type: ignore[assignment]
    cls.run = run_test  # type: ignore[method-assign]


def _decorate_plain(cls: type, activation: Activation) -> None:
    """pytest runs: setup_class, for each test setup_method, fixtures, test, teardown_method; then teardown_class."""
    fake = ClassFake(activation)
    for name, function in list(vars(cls).items()):
        if name.startswith("test") and inspect.isfunction(function):
            setattr(cls, name, _unless_running(function, fake, activation))
    methods: dict[str, Any] = {
        "setup_class": classmethod(_starting(fake, getattr(cls, "setup_class", None))),
        "teardown_class": classmethod(_stopping(fake, getattr(cls, "teardown_class", None))),
        "setup_method": _beginning(fake, getattr(cls, "setup_method", None)),
    }
    for name, method in methods.items():
        setattr(cls, name, method)


def _starting(fake: ClassFake, own: Callable[[], Any] | None) -> Callable[[type], None]:
    def setup_class(owner: type) -> None:
        fake.start()
        try:
            (own or _nothing)()
        except BaseException:
            fake.stop()
            raise

    return setup_class


def _stopping(fake: ClassFake, own: Callable[[], Any] | None) -> Callable[[type], None]:
    def teardown_class(owner: type) -> None:
        try:
            (own or _nothing)()
        finally:
            fake.stop()

    return teardown_class


def _beginning(fake: ClassFake, own: Callable[..., Any] | None) -> Callable[..., None]:
    takes_method = own is not None and len(inspect.signature(own).parameters) > 1

    def setup_method(self: Any, method: Callable[..., Any]) -> None:
        fake.begin_test()
        if own is not None:
            own(self, method) if takes_method else own(self)

    return setup_method


def _nothing() -> None:
    """What a class does that has no set-up or tear-down of its own."""


def _unless_running(function: Callable[..., Any], fake: ClassFake, activation: Activation) -> Callable[..., Any]:
    """A test method called by hand, not by pytest, gets a fake of its own."""
    from fakes3mp.activation.mock_multipart import decorated

    alone = decorated(function, activation)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if fake.is_running else alone(*args, **kwargs)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return await wrapper(*args, **kwargs)

        return awaited
    return wrapper
