"""Test code that uses moto's S3, rewritten to use this package: imports and decorators are changed, the rest is named.

It parses with libcst (extra ``fakes3mp[migrate]``), so that comments and layout stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from msgspec import Struct

# moto's name -> ours, where one stands for the other. ``mock_s3`` is moto's name before release 5.
_RENAMED = {"mock_aws": "mock_aws", "mock_s3": "mock_aws", "ThreadedMotoServer": "Server"}
# What needs a person: a dotted name in moto, or the beginning of one -> what replaces it.
_NAMED: Mapping[str, str] = {
    "moto.s3.models": "the fake shows its state: FakeS3.current().buckets, .object(bucket, key), .uploads",
    "moto.s3": "the fake shows its state: FakeS3.current().buckets, .object(bucket, key), .uploads",
    "moto.core.patch_client": "not needed: clients that were created before are answered too",
    "moto.core.patch_resource": "not needed: clients that were created before are answered too",
    "moto.core.models.patch_client": "not needed: clients that were created before are answered too",
    "moto.settings": "options of FakeS3, such as min_part_size",
    "moto": "moto's mocks of other services go on beside mock_aws, which starts moto itself",
}
_OLD_MOCKS = "mock_"  # moto before release 5 had one for each service
_ENVIRONMENT: Mapping[str, str] = {
    "MOTO_S3_CUSTOM_ENDPOINTS": "not needed: every endpoint is answered, except those in passthrough=[...]",
    "S3_UPLOAD_PART_MIN_SIZE": "mock_aws(min_part_size=...)",
    "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": "mock_aws(spool_over=...)",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "not needed: the client's endpoint says where the bucket is",
    "MOTO_S3_DEFAULT_MAX_KEYS": "MaxKeys of the call",
    "TEST_SERVER_MODE": "python -m fakes3mp serve, and AWS_ENDPOINT_URL_S3",
    "INITIAL_NO_AUTH_ACTION_COUNT": "fake.credentials.add(key, secret, account_id=..., policy=...)",
}


class Finding(Struct, frozen=True):
    """One place in a file: a line that is changed, or one that needs a person."""

    line: int
    text: str
    is_change: bool


class _Rewriter(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self._names: dict[str, str] = {}  # a name in the file -> the one that takes its place

    def _add(self, node: cst.CSTNode, text: str, *, is_change: bool = False) -> None:
        line = self.get_metadata(PositionProvider, node).start.line
        self.findings.append(Finding(line, text, is_change))

    def leave_ImportFrom(  # noqa: N802
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.FlattenSentinel[cst.BaseSmallStatement]:
        """``from moto import mock_aws, X``: our names are imported from this package, the others stay."""
        module = _dotted(original_node.module)
        if module.partition(".")[0] != "moto" or isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        ours: list[cst.ImportAlias] = []
        others: list[cst.ImportAlias] = []
        for alias in updated_node.names:
            name = str(alias.evaluated_name)
            is_ours = module in ("moto", "moto.server", "moto.core") and name in _RENAMED
            (ours if is_ours else others).append(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))
            if not is_ours:
                self._add(original_node, f"{module}.{name}: {_advice(module, name)}")
        if not ours:
            return updated_node
        self._add(original_node, f"from {module} import ... -> from fakes3mp import ...", is_change=True)
        imported = [self._renamed(alias) for alias in _unique(ours)]
        new = cst.ImportFrom(module=cst.Name("fakes3mp"), names=imported)
        return cst.FlattenSentinel([new, updated_node.with_changes(names=others)]) if others else new

    def _renamed(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        name = str(alias.evaluated_name)
        if _RENAMED[name] == name:
            return alias
        if alias.asname is None and name != "ThreadedMotoServer":
            self._names[name] = _RENAMED[name]
            return alias.with_changes(name=cst.Name(_RENAMED[name]))
        asname = alias.asname or cst.AsName(cst.Name(name))
        return alias.with_changes(name=cst.Name(_RENAMED[name]), asname=asname)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        """A decorator or call by an old name."""
        new = self._names.get(original_node.value)
        return updated_node.with_changes(value=new) if new else updated_node

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        """``import moto``: its attributes have to be changed by a person."""
        for alias in node.names:
            if _dotted(alias.name).partition(".")[0] == "moto":
                self._add(node, f"import {_dotted(alias.name)}: write from fakes3mp import mock_aws instead")

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802
        """Environment variables of moto's."""
        value = node.evaluated_value
        if isinstance(value, str) and value in _ENVIRONMENT:
            self._add(node, f"{value}: {_ENVIRONMENT[value]}")


def _dotted(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _unique(aliases: Sequence[cst.ImportAlias]) -> list[cst.ImportAlias]:
    """One alias for each of our names."""
    return list({(_RENAMED[str(alias.evaluated_name)], alias.asname): alias for alias in aliases}.values())


def _advice(module: str, name: str) -> str:
    if module == "moto" and name.startswith(_OLD_MOCKS):
        return "mock_aws mocks all services: remove it"
    dotted = f"{module}.{name}"
    return next(text for known, text in _NAMED.items() if dotted == known or dotted.startswith(f"{known}."))


def rewrite(source: str) -> tuple[str, list[Finding]]:
    """The changed source, and what was found in it, in order of lines.

    >>> changed, findings = rewrite("from moto import mock_aws")
    >>> changed, findings[0].is_change
    ('from fakes3mp import mock_aws', True)
    """
    rewriter = _Rewriter()
    changed = MetadataWrapper(cst.parse_module(source)).visit(rewriter)
    return changed.code, sorted(rewriter.findings, key=lambda finding: finding.line)


def python_files(path: Path) -> Iterator[Path]:
    """A file, or all Python files under a directory, without those of environments and hidden directories."""
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*.py")):
        parts = file.relative_to(path).parts[:-1]
        if not any(part.startswith(".") or part in ("site-packages", "node_modules") for part in parts):
            yield file
