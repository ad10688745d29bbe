"""The pytest plugin, whose files lie in ``conftest_plugin/`` of a checkout.

Wheels hold those files here, in the place of this one; so no package beside ``fakes3mp`` is ever installed.
"""

from pathlib import Path

__path__ = [str(Path(__file__).parents[2] / "conftest_plugin")]
