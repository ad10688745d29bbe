"""Programs that the process starts: their environment points AWS's SDKs and tools at the fake.

The fake is served on loopback when the first child is started. The environment of this process is not touched, and what a
caller sets in ``env=`` stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from fakes3mp.interceptors.active import ACTIVE
from fakes3mp.interceptors.forks import close_channel, is_remote
from fakes3mp.interceptors.patches import ModuleInterceptor, Patches

_ENV_POSITION = 10  # of env among the arguments of Popen after the instance
_FORK_EXEC_ENV_POSITION = 5


class ChildProcessInterceptor(ModuleInterceptor):
    """Gives the children of this process an environment, and ends the channel of forked ones."""

    def patch(self, module: Any, patches: Patches) -> None:
        for path, wrap in _PATCH_POINTS[module.__name__].items():
            class_name, _, name = path.rpartition(".")
            owner = getattr(module, class_name) if class_name else module
            if hasattr(owner, name):  # not every system has all of them
                patches.replace(owner, name, wrap)

    def remove(self) -> None:
        """Leave the modules as they were, and nothing of the channel."""
        super().remove()
        close_channel()


def child_environment(environment: Mapping[Any, Any] | None) -> Mapping[Any, Any] | None:
    """The environment of a child: the one given, or this process's, with what points it at the fake where it is not set.

    Raises RuntimeError where the fake has ``children="refuse"``.
    """
    fake: Any = ACTIVE.innermost
    mode = getattr(fake, "children", "ignore")
    if mode == "ignore":
        return environment
    if mode == "refuse":
        raise RuntimeError(
            "a child process would reach the real S3, or nothing: this fake has children='refuse'. "
            "children='share' lets children reach the fake, children='ignore' leaves them alone."
        )
    base = os.environ if environment is None else environment
    present = {os.fsdecode(name): value for name, value in base.items()}
    additions = {name: value for name, value in fake.child_environment().items() if name not in present}
    if "AWS_REGION" not in present:  # read by the SDKs of other languages, and first by some of AWS's tools
        additions["AWS_REGION"] = os.fsdecode(present.get("AWS_DEFAULT_REGION") or additions["AWS_DEFAULT_REGION"])
    return {**base, **additions}


def _opening(original: Callable[..., None]) -> Callable[..., None]:
    """``subprocess.Popen``, through which ``run``, ``call``, ``os.popen`` and asyncio's functions go."""

    def __init__(process: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if len(args) > _ENV_POSITION:
            args = (*args[:_ENV_POSITION], child_environment(args[_ENV_POSITION]), *args[_ENV_POSITION + 1 :])
        else:
            kwargs["env"] = child_environment(kwargs.get("env"))
        original(process, *args, **kwargs)

    return __init__


def _with_environment_argument(original: Callable[..., int]) -> Callable[..., int]:
    """``os.posix_spawn(path, argv, env, ...)``."""

    def posix_spawn(path: Any, argv: Any, env: Any, *args: Any, **kwargs: Any) -> int:
        return original(path, argv, child_environment(env), *args, **kwargs)

    return posix_spawn


def _spawning(original: Callable[..., int]) -> Callable[..., int]:
    """What ``os.spawnv`` and its variants call, with or without an environment."""

    def _spawnvef(mode: int, file: Any, args: Any, env: Any, func: Any) -> int:
        changed = child_environment(env)
        with_env = {os.execv: os.execve, os.execvp: os.execvpe}.get(func, func)
        return original(mode, file, args, changed, func if changed is None else with_env)

    return _spawnvef


def _executing(original: Callable[..., Any]) -> Callable[..., Any]:
    """``os.execve``, in a forked child; this process itself takes the fake with it when it becomes another program."""

    def execve(path: Any, args: Any, env: Any) -> Any:
        return original(path, args, child_environment(env) if is_remote(ACTIVE.innermost) else env)

    return execve


def _executing_without_environment(original: Callable[..., Any]) -> Callable[..., Any]:
    """``os.execv``."""

    def execv(path: Any, args: Any) -> Any:
        return os.execve(path, args, os.environ) if is_remote(ACTIVE.innermost) else original(path, args)

    return execv


def _forking_and_executing(original: Callable[..., int]) -> Callable[..., int]:
    """``_posixsubprocess.fork_exec``, which joblib's loky calls with an environment.

    multiprocessing calls it without one, for its fork server, which outlives the fake.
    """

    def fork_exec(*args: Any) -> int:
        environment = args[_FORK_EXEC_ENV_POSITION]
        if environment is None:
            return original(*args)
        variables = dict(os.fsdecode(each).partition("=")[::2] for each in environment)
        changed = child_environment(variables) or {}
        encoded = [os.fsencode(f"{name}={value}") for name, value in changed.items()]
        return original(*args[:_FORK_EXEC_ENV_POSITION], encoded, *args[_FORK_EXEC_ENV_POSITION + 1 :])

    return fork_exec


def _preparing(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What multiprocessing sends to a child that it has spawned, or that its forkserver has forked."""

    def get_preparation_data(name: str) -> dict[str, Any]:
        data = original(name)
        additions = child_environment({})
        return {**data, "fakes3mp": _EnvironmentAdditions(dict(additions))} if additions else data

    return get_preparation_data


class _EnvironmentAdditions:
    """Environment variables that are set where this is unpickled: in the child, before it runs anything."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._variables = variables

    def __reduce__(self) -> tuple[Callable[..., None], tuple[dict[str, str]]]:
        return set_missing_variables, (self._variables,)


def set_missing_variables(variables: dict[str, str]) -> None:
    """Set environment variables that are not set."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


_PATCH_POINTS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "subprocess": {"Popen.__init__": _opening},
    "multiprocessing.spawn": {"get_preparation_data": _preparing},
    "_posixsubprocess": {"fork_exec": _forking_and_executing},
    "os": {
        "posix_spawn": _with_environment_argument,
        "posix_spawnp": _with_environment_argument,
        "_spawnvef": _spawning,
        "execve": _executing,
        "execv": _executing_without_environment,
    },
}
INTERCEPTOR = ChildProcessInterceptor(*_PATCH_POINTS)
