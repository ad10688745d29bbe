"""Mutation testing with cosmic-ray's operators: small faults are put into the code, and the tests must notice each.

    python -m benchmarks.mutation [--count 60] [--seed 0] [--only core/ranges.py] [--timeout 300]

Each mutant is one change in one module of ``MODULES``, drawn by the seed: first a place, then what is done to it. It is killed
if one of the module's tests fails, or takes too long. Left out are places where no change has another result: type annotations,
as nothing runs there, the options of classes (``frozen``, ``gc``), the sizes of caches and of pieces, which are only costs, and
``strict`` of ``zip``; also ``==`` for ``is``, the same for None, True and the members of an enumeration. The tests run in a forked
process with the mutated source in memory, so nothing is written. Survivors are printed as differences; those that no test can
kill are listed in docs/mutants.md. Ctrl-C ends a run with the figures so far.
"""

import argparse
import ast
import contextlib
import difflib
import importlib.util
import os
import random
import signal
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
_CORE = ["tests/core"]
# In which operations' tests run besides one.
_OTHER_WAYS = {"client", "path", "resource", "server", "aiobotocore", "before-send", "service"}
_LIFECYCLE = ["tests/operations/test_lifecycle_actions.py", "tests/operations/test_lifecycle.py"]
_OBJECTS = ["tests/operations/test_objects.py", "tests/operations/test_copying.py"]
_POLICY = [
    f"tests/operations/test_polic{name}.py"
    for name in ("y_engine", "y_context", "y_documents", "y_actions", "y_requests", "ies")
]
_CALLERS = [
    f"tests/operations/test_{name}.py"
    for name in ("access_point_requests", "access_points", "accounts", "abac", "object_lock", "new_buckets", "acl")
]
_UPLOADS = [*_CORE, "tests/operations/test_multipart.py"]
_VERSIONS = "tests/operations/test_versioning.py"
_WIRE = ["tests/wire/test_envelope.py", "tests/wire/test_malformed.py"]

# Module -> its tests, the quick ones first.
MODULES = {
    "core/completion.py": _UPLOADS,
    "core/content.py": [*_CORE, *_OBJECTS],
    "core/journal.py": _CORE,
    "core/lifecycle.py": [*_LIFECYCLE, "tests/operations/test_multipart.py"],
    "core/lifecycle_actions.py": _LIFECYCLE,
    "core/listing.py": [*_CORE, "tests/operations/test_listing.py"],
    "core/object_lock.py": ["tests/operations/test_object_lock.py", "tests/operations/test_event_holds.py"],
    "core/objects.py": [*_CORE, *_OBJECTS, "tests/operations/test_multipart.py", _VERSIONS],
    "core/ranges.py": _OBJECTS,
    "core/sorted_map.py": _CORE,
    "core/uploads.py": _UPLOADS,
    "digests.py": [*_CORE, "tests/operations/test_multipart.py", "tests/operations/test_objects.py"],
    "operations/conditions.py": _OBJECTS,
    "operations/multipart.py": [
        *("tests/operations/test_multipart.py", "tests/operations/test_copying.py", "tests/operations/test_rules.py"),
        "tests/operations/test_directory_objects.py",
    ],
    "operations/objects.py": [
        *(*_OBJECTS, _VERSIONS, "tests/operations/test_object_lock.py", "tests/operations/test_encryption.py"),
        "tests/operations/test_rules.py",
        "tests/operations/test_directory_objects.py",
    ],
    **{
        f"operations/policy/{name}.py": _POLICY
        for name in ("conditions", "documents", "patterns", "principals", "public")
    },
    **{f"operations/policy/{name}.py": [*_POLICY, *_CALLERS] for name in ("context", "decision")},
    "wire/aws_chunked.py": _WIRE,
    "wire/envelope.py": [*_WIRE, "tests/operations/test_raw_requests.py"],
    "wire/routing.py": [
        *("tests/operations/test_routing.py", *_WIRE, "tests/wire/test_round_trip.py"),
        "tests/operations/test_access_points.py",
    ],
}
_OPTIONS = [
    *("-x", "-q", "--rootdir", str(ROOT), "-p", "no:cacheprovider", "-p", "no:randomly"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]
# What went wrong with the run itself, by the exit status: pytest's, and ours for a run that tested the code as it is.
_NOT_LOADED = 70
_FAULTS = {5: "there are no tests of it", _NOT_LOADED: "the tests loaded it again, without the change"}
_LEFT_OUT = {
    "core/RemoveDecorator",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
}
_COSTS = {"_SHORT", "_PIECE", "_MAX_LEAF"}  # constants that are sizes of pieces
_COST_TESTS = {"_SHORT"}  # those that only choose the quicker of two ways
_PRELOADED = ("boto3", "botocore.serialize", "botocore.parsers", "pytest", "requests", "responses", "xmltodict")


class Mutant:
    """One change of one module."""

    def __init__(self, module, operator, occurrence, position):
        self.module, self.operator, self.occurrence, self.position = module, operator, occurrence, position

    def source(self):
        """The mutated source."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        return mutate_code(_path(self.module).read_text(), get_operator(self.operator)(), self.occurrence)

    def difference(self):
        """The change as a unified difference."""
        before, after = (text.splitlines() for text in (_path(self.module).read_text(), self.source()))
        return "\n".join(difflib.unified_diff(before, after, self.module, self.operator, n=1, lineterm=""))


def _path(module):
    return ROOT / "fakes3mp" / module


def _name(module):
    return "fakes3mp." + module.removesuffix(".py").replace("/", ".")


def mutants(module):
    """Every mutant of a module, by its place."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = _path(module).read_text()
    nodes, places = list(ast_nodes(get_ast(source))), {}
    ignored, operations = _ignored_spans(source), _operator_spans(source)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or name in _LEFT_OUT:
            continue
        positions = [position for node in nodes for position in operator().mutation_positions(node)]
        for occurrence, (start, _) in enumerate(positions):
            is_star = "BinaryOperator" in name and not _is_in(operations, start)  # of a parameter, or of an unpacking
            if not is_star and not _is_in(ignored, start):
                places.setdefault(start, []).append(Mutant(module, name, occurrence, start))
    return places


def _is_in(spans, position):
    return any(first <= position < last for first, last in spans)


def _operator_spans(source):
    """Where the operators of two operands are: from (line, column) to (line, column)."""
    return [
        ((node.left.end_lineno, node.left.end_col_offset), (node.right.lineno, node.right.col_offset))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.BinOp)
    ]


def _ignored_spans(source):
    """Where no change has another result."""
    return [
        ((each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset))
        for node in ast.walk(ast.parse(source))
        for each in _ignored_nodes(node)
        if each is not None
    ]


def _ignored_nodes(node):
    """A node, or its parts, where no change has another result."""
    yield from (getattr(node, "annotation", None), getattr(node, "returns", None))
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        yield node
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _COSTS:
        yield node
    if isinstance(node, ast.Compare) and any(
        isinstance(each, ast.Name) and each.id in _COST_TESTS for each in ast.walk(node)
    ):
        yield node
    if isinstance(node, ast.ClassDef):
        yield from (keyword.value for keyword in node.keywords)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ("TypeVar", "cast", "lru_cache"):
            yield node
        if node.func.id == "zip":
            yield from (keyword.value for keyword in node.keywords)


def sample(modules, count, seed):
    """So many mutants: places drawn by the seed, and one change of each."""
    places = [changes for module in modules for _, changes in sorted(mutants(module).items())]
    chooser = random.Random(seed)
    drawn = [chooser.choice(changes) for changes in chooser.sample(places, min(count, len(places)))]
    return [mutant for mutant in drawn if _can_be_made(mutant)], len(places)


def _can_be_made(mutant):
    """Whether there is a module to test: some of cosmic-ray's operators fail at some places, or write what is no Python."""
    try:
        source = mutant.source()
        return source not in (None, _path(mutant.module).read_text()) and bool(compile(source, "", "exec"))
    except (AttributeError, SyntaxError):
        return False


class _Finder:
    """Gives the mutated module its source."""

    def __init__(self, mutant, source):
        self._name, self._path, self._source = _name(mutant.module), str(_path(mutant.module)), source

    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self, origin=self._path) if name == self._name else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__file__ = self._path
        exec(compile(self._source, self._path, "exec"), module.__dict__)


class _OneWay:
    """A plugin of pytest: tests that run through every way in run through one."""

    def __init__(self, way):
        self._left_out = _OTHER_WAYS | {"wire", "typed"} - {way}

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if not self._left_out.intersection(_texts(item))]


def _texts(item):
    return (
        {value for value in item.callspec.params.values() if isinstance(value, str)}
        if hasattr(item, "callspec")
        else set()
    )


def is_killed(mutant, timeout):
    """Whether a test of the module fails; ``"timeout"`` where they take too long."""
    source = mutant.source()
    child = os.fork()
    if child == 0:
        os.setsid()
        _run_tests(mutant, source)
    status, deadline = None, time.monotonic() + timeout
    try:
        while status is None and time.monotonic() < deadline:
            time.sleep(0.05)
            ended, code = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(code) if ended else None
    finally:
        if status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if status in _FAULTS:
        raise RuntimeError(f"{mutant.module}: {_FAULTS[status]}")
    return "timeout" if status is None else status != 0


def _run_tests(mutant, source):
    import pytest

    sink = os.open(os.environ.get("MUTATION_LOG", os.devnull), os.O_WRONLY | os.O_CREAT, 0o644)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.meta_path.insert(0, _Finder(mutant, source))
    status = 3
    try:
        name = _name(mutant.module)
        # Before pytest, whose own finder rewrites the assertions of plugins that are installed in editable mode.
        module = importlib.import_module(name)
        tests = [str(ROOT / path) for path in MODULES[mutant.module]]
        one_way = _OneWay("wire" if mutant.module.startswith("wire") else "typed")
        status = pytest.main([*tests, *_OPTIONS], plugins=[one_way])
        if status == 0 and sys.modules[name] is not module:
            status = _NOT_LOADED
    finally:
        sys.stdout.flush()
        os._exit(int(status))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="how many mutants; 0 for all")
    parser.add_argument("--seed", default="0", help="any text")
    parser.add_argument("--only", nargs="*", choices=MODULES, default=list(MODULES), metavar="MODULE")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for the tests of one mutant")
    parser.add_argument("--at-least", type=float, default=0, help="exit with 1 where fewer per cent are killed")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    warnings.simplefilter("ignore", SyntaxWarning)  # of mutants
    missing = [path for tests in MODULES.values() for path in tests if not (ROOT / path).exists()]
    assert not missing, f"tests that are not there: {missing}"
    for name in _PRELOADED:
        importlib.import_module(name)
    drawn, places = sample(arguments.only, arguments.count or sys.maxsize, arguments.seed)
    outcomes = Counter()
    with contextlib.suppress(KeyboardInterrupt):
        for mutant in drawn:
            killed = is_killed(mutant, arguments.timeout)
            outcomes[bool(killed)] += 1
            if not killed:
                print(f"\nsurvived, of seed {arguments.seed}:\n{mutant.difference()}", flush=True)
            print(f"{outcomes.total()} mutants, {outcomes[True]} killed", end="\r", file=sys.stderr, flush=True)
    percent = 100 * outcomes[True] / max(outcomes.total(), 1)
    print(
        f"\nseed {arguments.seed}: {outcomes.total()} of {len(drawn)} mutants, drawn from {places} places, "
        f"{outcomes[True]} killed ({percent:.1f} %)"
    )
    sys.exit(percent < arguments.at_least)


if __name__ == "__main__":
    main()
