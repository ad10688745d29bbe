"""README, docs and main job: every Python block runs as a test of its own; the demo prints what it promises."""

import re
from pathlib import Path

import pytest

from fakes3mp.__main__ import main

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = {
    f"{page.name} {number}": block
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE), 1)
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(pytester, name):
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(BLOCKS[name])
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-q", "-W", "error")
    outcomes = result.parseoutcomes()
    assert set(outcomes) - {"subtests"} == {"passed"}, result.stdout.str()


def test_there_are_blocks():
    assert len(BLOCKS) >= 5


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
