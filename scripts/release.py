"""Make a release: ``python -m scripts.release 0.2.0``. Needs the dependency group ``package``.

The entries under "Unreleased" in CHANGELOG.md become the release notes. The version is set, the packages are built and checked,
the release is committed and tagged. Nothing is published: the last lines say how.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys

from scripts.check_package import ROOT, run
from scripts.check_package import main as check_package

CHANGELOG = ROOT / "CHANGELOG.md"
VERSION_FILE = ROOT / "fakes3mp" / "__init__.py"


def release_notes(changelog: str, version: str) -> str:
    """The entries of a version, or those of "Unreleased", without the heading.

    >>> release_notes("# Changelog\\n\\n## Unreleased\\n\\n* A new one.\\n\\n## 0.1.0\\n\\n* The first.\\n", "0.2.0")
    '* A new one.\\n'
    """
    sections = dict(re.findall(r"^## (\S+)[^\n]*\n+(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL))
    notes = sections.get(version) or sections.get("Unreleased") or ""
    return notes.strip() + "\n" if notes.strip() else ""


def with_heading(changelog: str, version: str, date: str) -> str:
    """The changelog with the unreleased entries under a version and its date.

    >>> with_heading("## Unreleased\\n\\n* A new one.\\n", "0.2.0", "2026-12-01")
    '## 0.2.0 (2026-12-01)\\n\\n* A new one.\\n'
    """
    return re.sub(
        rf"^## (Unreleased|{re.escape(version)} \(unreleased\))$",
        f"## {version} ({date})",
        changelog,
        count=1,
        flags=re.MULTILINE,
    )


def main() -> None:
    """Check, build, commit and tag."""
    if len(sys.argv) != 2 or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", sys.argv[1]):
        sys.exit("usage: python -m scripts.release X.Y.Z")
    version = sys.argv[1]
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, check=True).stdout:
        sys.exit("the working tree has changes: commit them first")
    changelog = CHANGELOG.read_text(encoding="utf-8")
    notes = release_notes(changelog, version)
    if not notes:
        sys.exit("CHANGELOG.md has no entries under Unreleased")
    CHANGELOG.write_text(with_heading(changelog, version, f"{datetime.date.today()}"), encoding="utf-8")
    text = VERSION_FILE.read_text(encoding="utf-8")
    VERSION_FILE.write_text(
        re.sub(r'^__version__ = ".*"$', f'__version__ = "{version}"', text, flags=re.MULTILINE), encoding="utf-8"
    )
    check_package()
    dist = ROOT / "dist" / version
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, ROOT)
    (dist / "notes.md").write_text(notes, encoding="utf-8")
    run("git", "commit", "--all", "--message", f"Release {version}")
    run("git", "tag", "--annotate", f"v{version}", "--message", f"fakes3mp {version}\n\n{notes}")
    print(f"dist/{version} has the packages and the notes. To publish them:")
    print(f"  git push origin HEAD v{version}")
    print(f"  python -m twine upload dist/{version}/*.whl dist/{version}/*.tar.gz")


if __name__ == "__main__":
    main()
