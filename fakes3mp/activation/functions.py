"""Decorated functions, coroutine functions, generators and async generators: each runs while a fake is active."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from fakes3mp.activation.activation import Activation
from fakes3mp.inspection.places import Place


def decorate_function(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """The function, run while a fake is active. Kind and signature are kept, but for an injected fake."""
    activation = activation.copy()
    activation.place = place_of(function)
    decorated = _decorate(function, activation)
    if activation.inject is not None:
        decorated.__signature__ = _signature_without(activation.inject, function)  # type: ignore[attr-defined]
    return decorated


def place_of(function: Callable[..., Any]) -> Place | None:
    """The first line of a function, after its decorators where they are ours."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return None if code is None else Place(code.co_filename, code.co_firstlineno)


def _signature_without(name: str, function: Callable[..., Any]) -> inspect.Signature:
    """The signature without the parameter that is injected, so that pytest looks for no fixture of that name."""
    signature = inspect.signature(function)
    parameter = signature.parameters.get(name)
    if parameter is None or parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_KEYWORD):
        raise TypeError(
            f"inject={name!r}: {function.__qualname__}{signature} has no parameter {name} to pass the fake to"
        )
    return signature.replace(parameters=[each for each in signature.parameters.values() if each.name != name])


def _decorate(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    for is_kind, decorate in (
        (inspect.isasyncgenfunction, _decorate_async_generator),
        (inspect.iscoroutinefunction, _decorate_coroutine),
        (inspect.isgeneratorfunction, _decorate_generator),
    ):
        if is_kind(function):
            return decorate(function, activation)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.copy() as fake:
            return function(*args, **activation.arguments(fake, kwargs))

    return wrapper


def _decorate_coroutine(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.copy() as fake:
            return await function(*args, **activation.arguments(fake, kwargs))

    return wrapper


def _decorate_generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with activation.copy() as fake:
            return (yield from function(*args, **activation.arguments(fake, kwargs)))

    return wrapper


def _decorate_async_generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """Does what ``yield from`` does for generators: values and exceptions sent to the wrapper reach the function."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with activation.copy() as fake:
            generator = function(*args, **activation.arguments(fake, kwargs))
            step = generator.asend(None)
            try:
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = generator.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step = generator.athrow(error)
            finally:
                await generator.aclose()

    return wrapper
