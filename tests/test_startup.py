"""Which modules are imported when: nothing heavy before the fake is used."""

import subprocess
import sys

import pytest

HEAVY = (
    "aiobotocore",
    "anycrc",
    "boto3",
    "botocore",
    "msgspec",
    "requests",
    "responses",
    "urllib3",
    "werkzeug",
    "xmltodict",
)


def imported_by(code):
    """The modules that a fresh interpreter has imported after some code."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()


def assert_session_passes(directory, tests):
    """That these tests pass in a pytest session of their own, in a fresh interpreter."""
    (directory / "test_one.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", str(directory)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    assert process.returncode == 0, process.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import fakes3mp",
        "import fakes3mp; dir(fakes3mp)",
        "from fakes3mp import mock_multipart\n@mock_multipart(buckets=['media'])\ndef test(): pass",
        "import pytest, fakes3mp.pytest_plugin.plugin",
    ],
)
def test_nothing_heavy_is_imported_before_use(code):
    assert not set(HEAVY) & set(imported_by(code))


def test_a_session_that_never_uses_the_fake_imports_none_of_it(tmp_path):
    assert_session_passes(
        tmp_path,
        "import sys\n"
        "def test_one(): assert 1\n"
        "def test_two():\n"
        "    plugin = 'fakes3mp.pytest_plugin'\n"
        "    names = sorted(name for name in sys.modules if name.startswith('fakes3mp') and not name.startswith(plugin))\n"
        "    assert names == ['fakes3mp', 'fakes3mp.interceptors', 'fakes3mp.interceptors.started']\n"
        "    assert any(name.endswith('_plugin.plugin') for name in sys.modules)\n",
    )


def test_pytest_does_not_rewrite_the_assertions_of_the_fake(tmp_path):
    assert_session_passes(
        tmp_path,
        "import sys\n"
        "def test_one(fake_s3):\n"
        "    rewritten = {name for name, module in sys.modules.items()\n"
        "                 if 'Rewriting' in type(getattr(module, '__loader__', None)).__name__}\n"
        "    assert 'test_one' in rewritten\n"
        "    names = {name for name in rewritten if name.startswith('fakes3mp.')}\n"
        "    assert all(name.startswith('fakes3mp.pytest_plugin') for name in names), names\n",
    )


@pytest.mark.parametrize(
    "code",
    [
        "fakes3mp.FakeS3().start()",
        "import boto3; fake = fakes3mp.FakeS3(buckets=['media']).start(); boto3.client('s3').list_buckets(); fake.stop()",
    ],
)
def test_clients_that_are_not_used_are_not_imported(code):
    imported = imported_by(f"import fakes3mp; {code}")
    assert not {"aiobotocore", "pytest", "requests", "responses", "werkzeug", "ibm_botocore"} & set(imported)


def test_starting_imports_no_client():
    assert not {"boto3", "botocore"} & set(imported_by("import fakes3mp; fakes3mp.FakeS3().start()"))


def test_starting_imports_little():
    """What only some tests need, and what a client would bring along, is imported when it is needed."""
    imported = imported_by("import fakes3mp; fakes3mp.FakeS3().start()")
    standard_library = {
        "difflib",
        "email",
        "http",
        "importlib.resources",
        "json",
        "logging",
        "pickle",
        "random",
        "socket",
    }
    assert not {*standard_library, "ssl", "tempfile"} & set(imported)
    ours = {
        "core.multi_region",
        "interceptors.fork_channel",
        "names",
        "service.http",
        "service.spool",
        "wire.signatures",
    }
    assert not {f"fakes3mp.{name}" for name in ours} & set(imported)


def test_an_unknown_name():
    import fakes3mp

    with pytest.raises(AttributeError, match="module 'fakes3mp' has no attribute 'mock_s3'"):
        fakes3mp.mock_s3  # noqa: B018


def test_every_public_name_can_be_imported():
    imported = imported_by("import fakes3mp; [getattr(fakes3mp, name) for name in fakes3mp.__all__]")
    assert "fakes3mp.fake" in imported
