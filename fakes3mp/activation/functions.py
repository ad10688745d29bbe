"""Decorated functions, coroutine functions, generators and async generators: each runs while a fake is active."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from fakes3mp.activation.activation import Activation


def decorate_function(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """The function, run while a fake is active. It stays of its kind, and its signature is kept."""
    for is_kind, decorate in (
        (inspect.isasyncgenfunction, _decorate_async_generator),
        (inspect.iscoroutinefunction, _decorate_coroutine),
        (inspect.isgeneratorfunction, _decorate_generator),
    ):
        if is_kind(function):
            return decorate(function, activation)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.copy():
            return function(*args, **kwargs)

    return wrapper


def _decorate_coroutine(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with activation.copy():
            return await function(*args, **kwargs)

    return wrapper


def _decorate_generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with activation.copy():
            return (yield from function(*args, **kwargs))

    return wrapper


def _decorate_async_generator(function: Callable[..., Any], activation: Activation) -> Callable[..., Any]:
    """Does what ``yield from`` does for generators: values and exceptions sent to the wrapper reach the function."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with activation.copy():
            generator = function(*args, **kwargs)
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
