"""Build the wheel and the sdist, check both, and use each in a fresh environment: ``python -m scripts.check_package``.

Needs the dependency group ``package``. Each environment runs the demo and the tests of a user whose repository has a folder
named ``conftest_plugin`` too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent

USERS_FILES = {
    "conftest_plugin/__init__.py": "MINE = 1\n",
    "test_upload.py": """
import boto3, pytest
import conftest_plugin

@pytest.mark.fake_s3(buckets=["media"])
def test_upload(fake_s3):
    assert conftest_plugin.MINE == 1
    boto3.client("s3").put_object(Bucket="media", Key="a.txt", Body=b"hello")
    fake_s3.assert_object("media", "a.txt", body=b"hello")
""",
    "typed.py": """
from fakes3mp import FakeS3
fake = FakeS3(buckets=["media"])
size: int = fake.put("media", "k", b"x").size
client = fake.client()
""",
}


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; its output is shown only where it fails."""
    print("$", *(Path(part).name if isinstance(part, Path) else part for part in command), flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if process.returncode:
        sys.exit(process.stdout + process.stderr)


def build(directory: Path) -> tuple[Path, Path]:
    """The wheel, which is built from the sdist, and the sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, ROOT)
    (wheel,), (sdist,) = directory.glob("*.whl"), directory.glob("*.tar.gz")
    return wheel, sdist


def check_contents(wheel: Path, sdist: Path) -> None:
    """The metadata renders on PyPI, and the wheel holds one package, typed, with the plugin inside."""
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    run(Path(sys.executable).parent / "check-wheel-contents", wheel)
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"fakes3mp", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}, tops
    for needed in ("fakes3mp/py.typed", "fakes3mp/pytest_plugin/plugin.py", "fakes3mp/server/console.html"):
        assert needed in names, f"{needed} is not in the wheel"


def use(directory: Path, *requirement: str | Path) -> None:
    """Install in a fresh environment, and work as a user would."""
    venv.create(directory / "env", with_pip=True)
    binaries = directory / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    run(binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirement)
    run(binaries / "python", "-m", "pip", "check")
    run(binaries / "fakes3mp", "demo")
    users = directory / "users"
    for name, text in USERS_FILES.items():
        path = users / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run(binaries / "python", "-m", "pytest", "-q", cwd=users)
    run(binaries / "pytest", "-q", "--import-mode=importlib", "-o", "pythonpath=.", cwd=users)
    run(binaries / "python", "typed.py", cwd=users)
    if directory.name == "wheel":  # types, also without boto3-stubs
        run(binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "mypy")
        run(binaries / "python", "-m", "mypy", "--strict", "typed.py", cwd=users)


def main() -> None:
    """Build, check, and use the wheel, the sdist and an editable install."""
    with tempfile.TemporaryDirectory() as directory:
        wheel, sdist = build(Path(directory) / "dist")
        check_contents(wheel, sdist)
        for name, requirement in (("wheel", (wheel,)), ("sdist", (sdist,)), ("editable", ("-e", ROOT))):
            print(f"== {name}")
            use(Path(directory) / name, *requirement)
    print("the packages are good")


if __name__ == "__main__":
    main()
