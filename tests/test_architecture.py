"""The house itself: which room may know which, what is cited, what the README says of the operations."""

import ast
import re
from pathlib import Path

import pytest

import fakes3mp
from fakes3mp.operations.registry import PIPELINE_PARAMETERS, registry, snake
from fakes3mp.wire.model import is_older, operation_model, service_model

ROOT = Path(__file__).parent.parent
FILES = [*ROOT.glob("fakes3mp/**/*.py"), *ROOT.glob("conftest_plugin/*.py")]

# room -> the rooms it may import. A room is a package or a module of fakes3mp.
ARROWS = {
    "errors": set(),
    "digests": set(),
    "core": {"errors", "digests"},
    "operations": {"errors", "digests", "core"},
    "wire": {"errors", "digests", "core.content", "core.declared"},
    "naming": {"wire.model"},
    "bodies": {"core.content"},
    "recorder": {"core.content", "errors", "naming"},
    "credentials": set(),
    "clock": {"core.expiring"},
    "strikes": {"core.content", "wire.messages"},
    "faults": {"errors", "naming", "recorder", "strikes", "wire.messages", "wire.model"},
    "events": {"core"},
    "crossing": {"core", "errors", "operations", "wire"},
    "service": {
        *("bodies", "clock", "core", "credentials", "errors", "events", "faults", "operations", "recorder", "strikes"),
        *("wire.messages", "wire.writing"),
    },
    "exchange": {"crossing", "errors", "service", "strikes", "wire"},
    "looking": {"assertions", "core.store", "errors", "object_views", "recorder", "views"},
    "assertions": {"core.objects", "naming", "object_views", "recorder", "views"},
    "timeline": {"recorder", "views"},
    "views": {"assertions", "core", "digests", "naming", "recorder", "timeline"},
    "object_views": {"core", "naming", "recorder", "views"},
    "dumping": {"core", "digests"},
    "comparing": {"assertions", "object_views", "recorder", "views"},
    "report": {"fake", "recorder", "views"},
    "witness": set(),
    "doors": {
        *("core.content", "credentials", "digests", "witness"),
        *("wire.addressing", "wire.loading", "wire.messages", "wire.quirks", "wire.typed", "wire.writing"),
    },
    "options": {"clock"},
    "fake": {
        *(
            "assertions",
            "clock",
            "core.access_points",
            "core.expiring",
            "core.store",
            "credentials",
            "doors",
            "dumping",
        ),
        *("events", "exchange", "faults", "looking", "object_views", "options", "recorder", "service", "views"),
        *("wire.addressing", "wire.messages", "wire.presigned", "wire.writing"),
    },
    "suites": {"ambient", "core.store", "fake"},
    "ambient": {"doors", "fake", "options", "suites"},
    "__init__": {"ambient", "doors.wsgi", "errors", "fake", "faults", "recorder", "views"},
    "__main__": {"__init__", "doors.server", "fake", "options"},
    "conftest_plugin": {
        "__init__",
        "comparing",
        "core.store",
        "doors.server",
        "doors.stack",
        "fake",
        "report",
        "witness",
    },
}

# third party -> the only places that may import it
ADDRESSES = {
    "xmltodict": {"wire.xml"},
    "botocore": {
        *("wire.loading", "wire.model", "wire.places", "wire.policies", "wire.scalars", "wire.signing", "wire.typed"),
        *(
            "wire.writing",
            "wire.xml",
            "doors.answering",
            "doors.botocore",
            "doors.direct",
            "doors.sessions",
            "doors.unsent",
        ),
    },
    "_typeshed": {"doors.wsgi"},
    "urllib3": {"doors.answering"},
    "werkzeug": {"doors.wsgi", "doors.server", "wire.forms"},
    "aiobotocore": {"doors.aio"},
    "aiohttp": {"doors.aio"},
    "requests": {"doors.intercepting"},
    "responses": {"doors.intercepting"},
    "boto3": {"doors.sessions", "doors.transfers", "__main__"},
    "anycrc": {"digests"},
    "pytest": {"conftest_plugin.plugin"},
    "typing_extensions": {"ambient", "fake"},
}
EVERYWHERE = {"msgspec"}  # its Struct is what values are made of
STDLIB_ONLY = {"core", "errors", "operations"}


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    named = ".".join(parts[1:] if parts[0] == "fakes3mp" else parts)
    return named.removesuffix(".__init__") if named not in ("__init__",) else named


def imports(path):
    """Every module that a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            if node.module == "fakes3mp":
                for alias in node.names:
                    inner = (ROOT / "fakes3mp" / alias.name).is_dir() or (ROOT / f"fakes3mp/{alias.name}.py").exists()
                    yield f"fakes3mp.{alias.name if inner else '__init__'}"
            elif (ROOT / node.module.replace(".", "/")).is_dir() and node.module.startswith("fakes3mp."):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows(path):
    own = name_of(path).split(".")[0]
    for module in imports(path):
        top, _, rest = module.partition(".")
        if top == "fakes3mp":
            room = rest.split(".")[0]
            allowed = {own} | ARROWS[own]
            assert room in allowed or any(rest == each or rest.startswith(each + ".") for each in allowed), module
        elif top in EVERYWHERE:
            assert module in ("msgspec", "msgspec.structs")
        elif top in ADDRESSES:
            assert name_of(path) in ADDRESSES[top], f"{module} has one address: {ADDRESSES[top]}"
        else:
            assert top in stdlib() | {"conftest_plugin"}, f"{module} has no address in this house"
            assert own not in STDLIB_ONLY or top in stdlib()


def stdlib():
    import sys

    return set(sys.stdlib_module_names)


def test_every_file_opens_with_what_may_live_in_it():
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_rooms_are_not_crowded():
    """A tail of 400 lines is where the next room begins."""
    assert {name_of(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > 400} == {}


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
        members = {snake(member) for member in shape.members} if shape else set()
        assert set(declared.honoured) <= members, name
        assert declared.run.__doc__, name


def test_snake_case_is_one_to_one():
    for name in service_model().operation_names:
        shape = service_model().operation_model(name).input_shape
        members = list(shape.members) if shape else []
        assert len({snake(member) for member in members}) == len(members)


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
    assert snake(member) == name


def test_the_public_face():
    assert set(fakes3mp.__all__) <= set(dir(fakes3mp))
    assert (ROOT / "fakes3mp/py.typed").exists()


def operation_table():
    """The README's table: each operation and what of its input it acts on."""
    lines = ["| operation | parameters honoured | not acted on |", "|---|---|---|"]
    for name in sorted(registry()):
        shape = operation_model(name).input_shape
        members = list(shape.members) if shape else []
        honoured = registry()[name].honoured
        taken = [member for member in members if snake(member) in {*honoured, *PIPELINE_PARAMETERS}]
        rest = [member for member in members if member not in taken]
        lines.append(f"| {name} | {', '.join(taken) or '-'} | {', '.join(rest) or '-'} |")
    return "\n".join(lines)


@needs_newest
def test_the_readme_lists_the_operations():
    """Run with ``python -m tests.test_architecture`` to write the table anew."""
    readme = (ROOT / "README.md").read_text()
    assert operation_table() in readme
    assert "## Where we differ from S3" in readme.partition(END)[2]


BEGIN, END = "<!-- operations -->\n", "<!-- /operations -->"


def write_table():
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, "the README has lost the mark where the table ends"
    readme.write_text(f"{before}{BEGIN}{operation_table()}\n{END}{after}")


if __name__ == "__main__":
    write_table()
