"""Decorated test classes, unittest's and pytest's. One fake serves the class.

Each test begins from the state that the class's set-up left, and sees nothing of the other tests.
"""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from fakes3mp.activation.activation import Activation
from fakes3mp.activation.functions import decorate_function

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3, Snapshot


class ClassFake:
    """The fake of one class, while its tests run."""

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._exit_stack = ExitStack()
        self._fake: FakeS3 | None = None
        self._state_after_set_up: Snapshot | None = None

    @property
    def is_running(self) -> bool:
        return self._fake is not None

    def start(self) -> None:
        self._fake = self._exit_stack.enter_context(self._activation.copy())

    def stop(self) -> None:
        self._fake = self._state_after_set_up = None
        self._exit_stack.close()

    def begin_test(self) -> None:
        """Go back to the state that the class's set-up left. The first test takes the snapshot."""
        assert self._fake is not None
        if self._state_after_set_up is None:
            self._state_after_set_up = self._fake.snapshot()
        else:
            self._fake.undo(self._state_after_set_up)


def decorate_class(cls: type, activation: Activation) -> type:
    """The class, changed in place so that its tests, set-up and tear-down run while a fake is active."""
    if issubclass(cls, unittest.TestCase):
        _decorate_unittest_class(cls, activation)
    else:
        _decorate_pytest_class(cls, activation)
    return cls


def _decorate_unittest_class(cls: type[unittest.TestCase], activation: Activation) -> None:
    """Unittest runs setUpClass, then for each test setUp, test and tearDown, then always the class's clean-ups."""
    fakes: dict[type, ClassFake] = {}  # by class, because derived classes have fakes of their own
    set_up_class, run = cls.setUpClass.__func__, cls.run  # type: ignore[attr-defined]

    def setUpClass(owner: type[unittest.TestCase]) -> None:
        fake = fakes[owner] = ClassFake(activation)
        fake.start()
        owner.addClassCleanup(fake.stop)
        set_up_class(owner)

    @functools.wraps(run)
    def run_test(self: unittest.TestCase, result: unittest.TestResult | None = None) -> Any:
        fake = fakes.get(type(self))
        if fake is None or not fake.is_running:  # the test is run by itself, without its class
            with activation.copy():
                return run(self, result)
        fake.begin_test()
        return run(self, result)

    cls.setUpClass = classmethod(setUpClass)  # type: ignore[assignment]
    cls.run = run_test  # type: ignore[method-assign]


def _decorate_pytest_class(cls: type, activation: Activation) -> None:
    """pytest runs setup_class, then for each test setup_method, fixtures, test, teardown_method, then teardown_class."""
    fake = ClassFake(activation)
    for name, function in list(vars(cls).items()):
        if name.startswith("test") and inspect.isfunction(function):
            setattr(cls, name, _decorate_test_method(function, fake, activation))
    methods: dict[str, Any] = {
        "setup_class": classmethod(_setup_class(fake, getattr(cls, "setup_class", None))),
        "teardown_class": classmethod(_teardown_class(fake, getattr(cls, "teardown_class", None))),
        "setup_method": _setup_method(fake, getattr(cls, "setup_method", None)),
    }
    for name, method in methods.items():
        setattr(cls, name, method)


def _setup_class(fake: ClassFake, original: Callable[[], Any] | None) -> Callable[[type], None]:
    def setup_class(owner: type) -> None:
        fake.start()
        try:
            if original is not None:
                original()
        except BaseException:
            fake.stop()
            raise

    return setup_class


def _teardown_class(fake: ClassFake, original: Callable[[], Any] | None) -> Callable[[type], None]:
    def teardown_class(owner: type) -> None:
        try:
            if original is not None:
                original()
        finally:
            fake.stop()

    return teardown_class


def _setup_method(fake: ClassFake, original: Callable[..., Any] | None) -> Callable[..., None]:
    takes_method = original is not None and len(inspect.signature(original).parameters) > 1

    def setup_method(self: Any, method: Callable[..., Any]) -> None:
        fake.begin_test()
        if original is not None:
            original(self, method) if takes_method else original(self)

    return setup_method


def _decorate_test_method(function: Callable[..., Any], fake: ClassFake, activation: Activation) -> Callable[..., Any]:
    """A test method that is called by hand, not by pytest, has a fake of its own."""
    decorated = decorate_function(function, activation)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if fake.is_running else decorated(*args, **kwargs)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def async_wrapper(*args: Any, **kwargs: Any) -> Any:
            return await wrapper(*args, **kwargs)

        return async_wrapper
    return wrapper
