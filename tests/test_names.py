"""fakes3mp/names.py is current: ``python -m tests.test_architecture`` writes it anew, with docs/operations.md."""

from pathlib import Path

import pytest

from fakes3mp.errors import ERRORS
from fakes3mp.inspection.outcomes import Outcome
from fakes3mp.operations.registry import registry
from fakes3mp.service.fault_incidents import MEANWHILE
from fakes3mp.service.faults import Faults
from fakes3mp.wire.model import is_older, operation_names

PAGE = Path(__file__).parent.parent / "fakes3mp" / "names.py"


def fault_names():
    """Every name of an effect that ``faults.on(...)`` can have, but for codes."""
    names = {"delay"}
    for method in (
        *("ok_with_error", "reset_connection", "lose_response", "timeout", "connect_timeout", "unreachable"),
        *("truncate_body", "corrupt_body", "arrive_late", "crash"),
    ):
        operation = "CompleteMultipartUpload" if method == "ok_with_error" else "UploadPart"
        names.add(getattr(Faults().on(operation), method)().effect.name)
    return names | {"meanwhile", *MEANWHILE}


def text():
    def literal(name, meaning, values):
        listed = "".join(f'    "{value}",\n' for value in sorted(values))
        return f'{name} = Literal[\n{listed}]\n"""{meaning}"""\n'

    return "\n".join(
        [
            '"""S3\'s names as types, so that a type checker finds a misspelt one. ``python -m tests.test_names`` writes this file."""\n',
            "from typing import Literal\n",
            literal(
                "OperationName",
                "An operation of S3, or one of S3 Control that the fake answers.",
                operation_names("s3") | set(registry()),
            ),
            literal("ErrorCode", "An error code that S3 answers.", ERRORS),
            literal("FaultName", "What an injected fault did, other than to answer an error code.", fault_names()),
        ]
    )


@pytest.mark.skipif(is_older(), reason="has the operations of the model this release was written against")
def test_the_names_are_current():
    assert PAGE.read_text(encoding="utf-8") == text()


def write():
    PAGE.write_text(text(), encoding="utf-8")


def test_the_words_of_outcomes_are_explained():
    words = {each.value for each in Outcome}
    broken = {"reset_connection", "lose_response", "timeout", "connect_timeout", "unreachable", "arrive_late", "crash"}
    assert words == {"ok", "stored", "replaced"} | broken
    assert broken <= fault_names()


if __name__ == "__main__":
    write()
