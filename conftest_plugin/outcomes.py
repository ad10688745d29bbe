"""What is noted of a test while it runs."""

import pytest

FAILED = pytest.StashKey[bool]()
