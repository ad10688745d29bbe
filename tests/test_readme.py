"""README, docs and main job: every Python block runs as a test file of its own; links lead somewhere; the demo prints what it promises."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import report
from fakes3mp.__main__ import main

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REPOSITORY = "https://github.com/fakes3mp/fakes3mp/blob/main/"


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def headings(page):
    """The anchors of a page's headings, as GitHub and Sphinx make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_blocks(pytester, page):
    """Each block is a file; a block that needs a package that is not installed here skips itself (``importorskip``)."""
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    for number, block in enumerate(blocks(page), 1):
        path = pytester.path / f"block_{number}" / f"test_block_{number}.py"
        path.parent.mkdir(exist_ok=True)
        if re.search(r"^ *(async )?def test_|unittest", block, re.MULTILINE):
            path.write_text(block, encoding="utf-8")
        else:  # what belongs into a conftest.py, for the test file in the next block
            (pytester.path / f"block_{number + 1}").mkdir()
            (pytester.path / f"block_{number + 1}" / "conftest.py").write_text(block, encoding="utf-8")
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-q", "-W", "error", "--import-mode=importlib")
    outcomes = set(result.parseoutcomes())
    assert outcomes, result.stdout.str()
    assert outcomes <= {"subtests", "passed", "skipped"}, result.stdout.str()


def test_there_are_blocks():
    assert sum(len(blocks(page)) for page in PAGES) >= 40


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links(page):
    """Those within the documents lead to a file, and to a heading of it. The README's are absolute: PyPI shows it too."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)
    for target in targets:
        if target.startswith(REPOSITORY):
            path, _, anchor = target.removeprefix(REPOSITORY).partition("#")
            file = ROOT / path
        elif "://" in target or target.startswith("mailto:"):
            continue
        else:
            assert page.name != "README.md", f"{target} does not work on PyPI"
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in headings(file), f"{page.name} links to {target}"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_benchmark_tables_are_those_of_the_results():

    results = json.loads((report.RESULTS / "table.json").read_text(encoding="utf-8"))
    for page in (report.README, report.PAGE):
        table = page.read_text(encoding="utf-8").partition(report.BEGIN)[2].partition(report.END)[0]
        assert table, page
        for line in table.splitlines():
            figure = line.split(" | ")[0].removeprefix("| ")
            if figure in results["seconds"]:
                assert report._cell(figure, results["seconds"][figure], report.FAKE) in line


def test_demo(capsys):
    main(["demo"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "media/video.mp4  completed  3 parts, 12582949 bytes"
    assert [line.split("|")[2].split()[0] for line in printed[2:8]] == [
        "CreateMultipartUpload", *["UploadPart"] * 4, "CompleteMultipartUpload",
    ]  # fmt: skip
    assert printed[-2].startswith("part 3        37 bytes  ETag ")
    assert printed[-2].endswith("attempts: replaced, stored")
    assert printed[-1].endswith('-3"')


def test_an_unknown_command(capsys):
    with pytest.raises(SystemExit):
        main(["dance"])
    assert "invalid choice: 'dance'" in capsys.readouterr().err
