"""Draw docs/architecture.svg: the packages of fakes3mp and what imports what, read from the import statements.

    python docs/draw_architecture.py

A package stands above those that it imports. An arrow that follows from two others is left out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"

Graph = dict[str, set[str]]

WIDTH, HEIGHT = 148, 44  # of a box, in pixels
GAP_X, GAP_Y = 28, 46


def sources() -> list[Path]:
    """Every Python file of the package and of the pytest plugin."""
    return sorted([*ROOT.glob("fakes3mp/**/*.py"), *ROOT.glob("conftest_plugin/*.py")])


def module_name(path: Path) -> str:
    """``fakes3mp/core/store.py`` -> ``fakes3mp.core.store``; a package's ``__init__`` is the package itself."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_names(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or late, for types or at run time."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            package = module_name(path.parent / "__init__.py") if node.level else ""
            module = ".".join(filter(None, (package, node.module)))
            for alias in node.names:
                name = f"{module}.{alias.name}"
                yield name if _is_module(name) else module


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


def module_graph() -> Graph:
    """Each module of the project -> the modules of the project that it imports."""
    names = {module_name(path) for path in sources()}
    return {module_name(path): set(imported_names(path)) & names - {module_name(path)} for path in sources()}


def box_of(module: str) -> str:
    """The box in which a module is drawn: its package, or the module itself where it lies beside the packages."""
    if module == "fakes3mp.pytest_plugin":
        return "conftest_plugin"  # where its files are
    parts = module.split(".")
    return parts[0] if parts[0] != "fakes3mp" or len(parts) == 1 else parts[1]


def box_graph() -> Graph:
    """Each box -> the boxes that it imports."""
    graph: Graph = {}
    for module, imported in module_graph().items():
        graph.setdefault(box_of(module), set()).update(box_of(name) for name in imported)
    for box, imported in graph.items():
        imported.discard(box)
    return graph


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Groups of nodes that can all be reached from each other."""
    reachable = {node: _reachable(graph, node) for node in graph}
    groups: list[set[str]] = []
    for node in graph:
        group = {other for other in reachable[node] if node in reachable.get(other, ())}
        if len(group) > 1 and group not in groups:
            groups.append(group)
    return groups


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for node in graph.get(waiting.pop(), ()):
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached


def layers(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The boxes in rows, the lowest first: each stands one row above the highest box that it imports."""
    depth: dict[str, int] = {}

    def depth_of(box: str) -> int:
        if box not in depth:
            depth[box] = 1 + max((depth_of(other) for other in graph[box]), default=-1)
        return depth[box]

    rows: list[list[str]] = [[] for _ in range(max(map(depth_of, graph)) + 1)]
    for box in sorted(graph):
        rows[depth_of(box)].append(box)
    return rows


def direct_arrows(graph: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """The arrows that do not follow from others."""
    return [
        (box, other)
        for box in sorted(graph)
        for other in sorted(graph[box])
        if not any(other in _reachable(graph, between) for between in graph[box] - {other})
    ]


def picture() -> str:
    """The drawing, as SVG."""
    graph = box_graph()
    rows = layers(graph)
    widest = max(map(len, rows))
    width = widest * (WIDTH + GAP_X) + GAP_X
    height = len(rows) * (HEIGHT + GAP_Y) + GAP_Y
    corners: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(rows):
        left = (width - len(row) * (WIDTH + GAP_X) + GAP_X) / 2
        for column, box in enumerate(row):
            corners[box] = (left + column * (WIDTH + GAP_X), height - (level + 1) * (HEIGHT + GAP_Y))
    arrows = "\n".join(_arrow(corners[box], corners[other]) for box, other in direct_arrows(graph))
    boxes = "\n".join(_box(box, *corner) for box, corner in sorted(corners.items()))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-label="Packages of fakes3mp: each imports what stands below it">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>
<rect width="{width}" height="{height}" fill="#fff"/>
<g fill="none" stroke="#667" marker-end="url(#tip)">
{arrows}
</g>
<g font-family="system-ui, sans-serif" font-size="15" text-anchor="middle">
{boxes}
</g>
</svg>
"""


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    from_x, from_y = start[0] + WIDTH / 2, start[1] + HEIGHT
    to_x, to_y = end[0] + WIDTH / 2, end[1]
    bend = (to_y - from_y) / 2
    return f'<path d="M{from_x:g} {from_y:g}C{from_x:g} {from_y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"/>'


def _box(name: str, x: float, y: float) -> str:
    is_package = (ROOT / "fakes3mp" / name).is_dir() or name == "conftest_plugin"
    fill = "#dfe9f7" if is_package else "#f3f3ee"
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="#445"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 5:g}" fill="#112">{name}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    sys.stdout.write(f"wrote {PICTURE.relative_to(ROOT)}\n")
