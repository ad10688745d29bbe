"""The architecture of docs/architecture.md: what may import what, no circles, sizes, cited facts, the operation table."""

import ast
import importlib.util
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import fakes3mp
from fakes3mp.operations.registry import PIPELINE_PARAMETERS, registry, snake_case
from fakes3mp.wire.model import is_older, operation_model, operation_names, service_model

ROOT = Path(__file__).parent.parent
OPERATIONS_PAGE = ROOT / "docs/operations.md"


def _drawing():
    """docs/draw_architecture.py, which reads the imports."""
    spec = importlib.util.spec_from_file_location("draw_architecture", ROOT / "docs/draw_architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAWING = _drawing()
FILES = DRAWING.sources()

# A package, or a module beside the packages -> what of the project it may import.
MAY_IMPORT = {
    "select_errors": set(),
    "control_errors": set(),
    "errors": {"control_errors", "select_errors"},
    "names": set(),
    "digests": set(),
    "locks": set(),
    "core": {"errors", "digests", "locks"},
    "select": {"errors"},
    "operations": {"errors", "digests", "core", "select"},
    "wire": {"errors", "digests", "core.content", "core.declared_digests"},
    "terminal": set(),
    "seed_directory": {"terminal", "errors", "digests", "core"},
    "inspection": {"names", "locks", "errors", "digests", "core", "wire.model"},
    "service": {"names", "locks", "errors", "digests", "core", "operations", "wire", "inspection"},
    "interceptors": {"locks", "errors", "digests", "core.content", "wire", "service"},
    "server": {"core.content", "errors", "inspection", "report", "wire", "service", "interceptors"},
    "options": {"service"},
    "fake": {
        "names",
        "locks",
        "server",
        "core",
        "wire",
        "inspection",
        "service",
        "interceptors",
        "seed_directory",
        "options",
    },
    "types": {"names", "core.lifecycle_actions", "fake", "inspection", "options", "service"},
    "activation": {"inspection.places", "locks", "fake", "options", "interceptors", "server"},
    "migrate": set(),
    "report": {"inspection"},
    "exploration": {"fake", "inspection", "interceptors.active", "options", "service"},
    "fakes3mp": {
        "activation",
        "errors",
        "exploration",
        "fake",
        "inspection",
        "interceptors.guard",
        "server",
        "service",
    },
    "commands": {"terminal", "exploration", "fake", "inspection", "migrate", "options", "report", "server"},
    "__main__": {"commands"},
    "conftest_plugin": {"fakes3mp", "exploration", "options", "fake", "inspection", "interceptors", "report", "server"},
}

# third party -> the only modules that may import it
THIRD_PARTIES = {
    "xmltodict": {"wire.xml"},
    "botocore": {
        *(
            "wire.event_stream",
            "wire.form_policies",
            "wire.locations",
            "wire.model",
            "wire.model_loader",
            "wire.parsed_responses",
            "wire.response_writer",
            "wire.scalars",
        ),
        *("wire.signatures", "wire.typed_calls", "wire.xml", "interceptors.before_call", "interceptors.botocore"),
        *("interceptors.client_settings", "interceptors.make_api_call", "interceptors.observers"),
        *("interceptors.botocore_responses", "interceptors.serialised", "interceptors.sessions"),
        "interceptors.profiles",
        *("interceptors.aiobotocore_before_call", "interceptors.dummy_credentials"),
    },
    "_typeshed": {"server.wsgi"},
    "dateutil": {"wire.scalars"},
    "urllib3": {"interceptors.botocore_responses", "interceptors.requests"},
    "werkzeug": {"server.wsgi", "server.server", "wire.forms"},
    "aiobotocore": {
        "interceptors.aiobotocore",
        "interceptors.aiobotocore_before_call",
        "interceptors.aiobotocore_responses",
    },
    "aiohttp": {"interceptors.aiobotocore_responses"},
    "requests": {"interceptors.requests"},
    "responses": {"interceptors.requests"},
    "boto3": {"interceptors.sessions", "interceptors.crt", "commands.demo"},
    "anycrc": {"digests"},
    "pytest": {
        *("conftest_plugin.exploration", "conftest_plugin.plugin"),
        *("conftest_plugin.ini_options", "conftest_plugin.outcomes", "conftest_plugin.session_fakes"),
        "conftest_plugin.places",
    },
    "moto": {"interceptors.other_mocks"},
    "sqlglot": {"select.query"},
    "pyarrow": {"select.records"},
    "libcst": {"commands.migrate", "migrate"},
    "mypy_boto3_s3": {"fake.seeding", "server.server"},  # for type checkers
    "typing_extensions": {
        "server.server",
        "fake.serving",
        "exploration.explore",
        "activation.mock_multipart",
        "fake.fake_s3",
        "activation.mock_aws",
        "fake.neighbours",
    },
}
STANDARD_LIBRARY_ONLY = {"core", "errors", "operations"}  # beside msgspec, whose Struct is what values are made of


def name_of(path):
    """``fakes3mp/core/store.py`` -> ``core.store``."""
    return DRAWING.module_name(path).removeprefix("fakes3mp.")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports(path):
    box = DRAWING.box_of(DRAWING.module_name(path))
    for module in DRAWING.imported_names(path):
        top = module.partition(".")[0]
        if top in ("fakes3mp", "conftest_plugin"):
            name = module.removeprefix("fakes3mp.")
            allowed = {box, *MAY_IMPORT[box]}
            assert any(name == each or name.startswith(each + ".") for each in allowed), (
                f"{box} may not import {module}"
            )
        elif top == "msgspec":
            assert module in ("msgspec", "msgspec.structs")
        elif top in THIRD_PARTIES:
            assert name_of(path) in THIRD_PARTIES[top], f"{module} may be imported by {THIRD_PARTIES[top]} only"
        else:
            assert top in sys.stdlib_module_names, f"{module} is not in the table of third parties"


def test_core_and_operations_need_the_standard_library_only():
    for third_party, modules in THIRD_PARTIES.items():
        assert not {module.partition(".")[0] for module in modules} & STANDARD_LIBRARY_ONLY, third_party


def test_no_import_circles():
    """Between modules, late imports and imports for types included; and between packages."""
    assert DRAWING.circles(DRAWING.module_graph()) == []
    assert DRAWING.circles(DRAWING.box_graph()) == []


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert DRAWING.circles(graph) == [{"b", "c"}]


def test_late_imports_count(tmp_path):
    source = tmp_path / "late.py"
    source.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from fakes3mp.core.store import Store\n"
        "def f():\n    from fakes3mp import digests\n    import fakes3mp.errors\n"
    )
    names = set(DRAWING.imported_names(source))
    assert names == {"typing", "fakes3mp.core.store", "fakes3mp.digests", "fakes3mp.errors"}


def test_the_picture_is_current():
    """``python docs/draw_architecture.py`` draws it anew."""
    assert DRAWING.PICTURE.read_text(encoding="utf-8") == DRAWING.picture()


def test_every_module_says_what_it_does():
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_no_module_above_400_lines():
    written = [path for path in FILES if name_of(path) != "names"]  # that one is a list, written by a program
    assert {name_of(path): lines for path in written if (lines := len(path.read_text().splitlines())) > 400} == {}


def test_no_function_above_60_lines():
    """Without its docstring: the manual of a public method may be longer than its code."""
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = node.body[0]
                documented = ast.get_docstring(node) is not None
                manual = first.end_lineno - first.lineno + 1 if documented else 0
                lines = node.end_lineno - node.lineno + 1 - manual
                if lines > 60:
                    long[f"{name_of(path)}.{node.name}"] = lines
    assert long == {}


needs_newest = pytest.mark.skipif(is_older(), reason="asks about the model this release was written against")
FACT = re.compile(r"\b([FO]\d{1,3})\b")


def test_cited_facts_are_in_the_docs():
    known = set(re.findall(r"^([FO]\d+)\. ", (ROOT / "docs/s3-facts.md").read_text(), re.MULTILINE))
    for path in [*FILES, *ROOT.glob("tests/**/*.py")]:
        cited = set(FACT.findall(path.read_text()))
        assert cited <= known, f"{path.name} cites {sorted(cited - known)}"


@needs_newest
def test_operations_honour_only_what_the_model_has():
    for name, declared in registry().items():
        shape = operation_model(name).input_shape
        members = {snake_case(member) for member in shape.members} if shape else set()
        assert set(declared.honoured) <= members, name
        assert declared.run.__doc__, name


def test_snake_case_is_one_to_one():
    for name in service_model().operation_names:
        shape = service_model().operation_model(name).input_shape
        members = list(shape.members) if shape else []
        assert len({snake_case(member) for member in members}) == len(members)


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("ContentMD5", "content_md5"),
        ("ChecksumCRC64NVME", "checksum_crc64nvme"),
        ("SSEKMSKeyId", "ssekms_key_id"),
        ("ACL", "acl"),
    ],
)
def test_snake_case(member, name):
    assert snake_case(member) == name


def test_the_public_face():
    assert set(fakes3mp.__all__) <= set(dir(fakes3mp))
    assert (ROOT / "fakes3mp/py.typed").exists()


# Operations that are not answered -> why; the first pattern that fits counts.
LEFT_OUT = {
    "s3control.*AccessGrant*": "access grants decide by an identity directory, which the fake does not have",
    "s3control.GetDataAccess": "access grants decide by an identity directory, which the fake does not have",
    "s3control.*Bucket*": "buckets of S3 on Outposts only: all others are S3's own operations",
}


def reason_left_out(name):
    return next(reason for pattern, reason in LEFT_OUT.items() if fnmatchcase(name, pattern))


@needs_newest
def test_what_is_left_out_has_a_reason():
    """All of S3, and of S3 Control all but a few."""
    of_s3, of_control = operation_names("s3"), {f"s3control.{name}" for name in operation_names("s3control")}
    left_out = of_control - registry().keys()
    assert of_s3 <= registry().keys()
    assert len(left_out) <= 35
    assert all(map(reason_left_out, left_out))


def operation_counts():
    """How many operations of each service's model are answered, and which are not."""
    lines = ["| service | in the model | answered | left out |", "|---|---|---|---|"]
    left_out = {}
    for service, prefix in (("S3", ""), ("S3 Control", "s3control.")):
        names = [f"{prefix}{name}" for name in service_model(prefix.rstrip(".") or "s3").operation_names]
        missing = [name for name in names if name not in registry()]
        lines.append(f"| {service} | {len(names)} | {len(names) - len(missing)} | {len(missing)} |")
        for name in missing:
            left_out.setdefault(reason_left_out(name), []).append(name)
    lines += ["", "| left out | why |", "|---|---|"]
    lines += [f"| {', '.join(names)} | {reason} |" for reason, names in left_out.items()]
    return "\n".join(lines)


def operation_table():
    """The table of docs/operations.md: each operation and the parameters that it acts on."""
    lines = ["| operation | parameters honoured | not acted on |", "|---|---|---|"]
    for name in sorted(registry()):
        shape = operation_model(name).input_shape
        members = list(shape.members) if shape else []
        honoured = registry()[name].honoured
        honoured_members = [member for member in members if snake_case(member) in {*honoured, *PIPELINE_PARAMETERS}]
        rest = [member for member in members if member not in honoured_members]
        lines.append(f"| {name} | {', '.join(honoured_members) or '-'} | {', '.join(rest) or '-'} |")
    return "\n".join([operation_counts(), "", *lines])


BEGIN, END = "<!-- operations -->\n", "<!-- /operations -->"


@needs_newest
def test_the_page_of_operations_is_current():
    """Run with ``python -m tests.test_architecture`` to write the table anew."""
    assert operation_table() in OPERATIONS_PAGE.read_text()


def write_table():
    before, _, rest = OPERATIONS_PAGE.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, "docs/operations.md has lost the mark where the table ends"
    OPERATIONS_PAGE.write_text(f"{before}{BEGIN}{operation_table()}\n{END}{after}")


if __name__ == "__main__":
    from tests import test_names, test_options_page

    print(operation_table())
    write_table()
    test_names.write()
    test_options_page.write()
