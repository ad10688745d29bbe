"""``fakes3mp migrate``: what it changes, what it names, and that it leaves the rest alone."""

import pytest

from fakes3mp.__main__ import main

migrate = pytest.importorskip("fakes3mp.migrate", exc_type=ImportError)

# source -> changed source, texts of what needs a person
ROWS = [
    ("from moto import mock_aws\n", "from fakes3mp import mock_aws\n", []),
    ("from moto import mock_aws as aws  # ours\n", "from fakes3mp import mock_aws as aws  # ours\n", []),
    (
        "from moto import mock_s3\n\n\n@mock_s3\ndef test(): ...\n",
        "from fakes3mp import mock_aws\n\n\n@mock_aws\ndef test(): ...\n",
        [],
    ),
    (
        "from moto import mock_s3, mock_sqs\n",
        "from fakes3mp import mock_aws; from moto import mock_sqs\n",
        ["mock_aws mocks all services: remove it"],
    ),
    (
        "from moto.server import ThreadedMotoServer\ns = ThreadedMotoServer(port=0)\n",
        "from fakes3mp import Server as ThreadedMotoServer\ns = ThreadedMotoServer(port=0)\n",
        [],
    ),
    ("from moto.s3.models import s3_backends\n", None, ["FakeS3.current().buckets"]),
    ("from moto.core import patch_client\n", None, ["not needed"]),
    ("import moto\n", None, ["write from fakes3mp import mock_aws instead"]),
    ("import os\nos.environ['S3_UPLOAD_PART_MIN_SIZE'] = '1'\n", None, ["min_part_size"]),
    ("import boto3\nname = 'mock_s3'\n", None, []),
]


@pytest.mark.parametrize(("source", "expected", "advice"), ROWS)
def test_rewrite(source, expected, advice):
    changed, findings = migrate.rewrite(source)
    assert changed == (expected or source)
    texts = [finding.text for finding in findings if not finding.is_change]
    assert len(texts) == len(advice)
    for text, part in zip(texts, advice, strict=True):
        assert part in text


def test_the_command_lists_and_writes(tmp_path, capsys):
    file = tmp_path / "test_one.py"
    file.write_text("from moto import mock_aws\n")
    (tmp_path / "broken.py").write_text("from moto import (\n")
    (tmp_path / "other.py").write_bytes(b"# moto \xff\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "hidden.py").write_text("from moto import mock_aws\n")
    assert main(["migrate", str(tmp_path)]) == 0
    assert file.read_text() == "from moto import mock_aws\n"
    printed = capsys.readouterr().out
    assert f"{file}:1: change: from moto import ... -> from fakes3mp import ..." in printed
    assert "broken.py: not Python" in printed
    assert "other.py: not UTF-8" in printed
    assert "1 lines to change with --write, 0 to look at" in printed

    main(["migrate", "--write", str(tmp_path)])
    assert file.read_text() == "from fakes3mp import mock_aws\n"
    assert (tmp_path / ".venv" / "hidden.py").read_text() == "from moto import mock_aws\n"


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(SystemExit, match="there is no"):
        main(["migrate", str(tmp_path / "nothing")])
