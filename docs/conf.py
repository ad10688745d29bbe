"""The documentation site: ``sphinx-build -W --keep-going -b html docs docs/_build`` (``tox -e docs``)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import fakes3mp  # noqa: E402
from fakes3mp import names  # noqa: E402
from fakes3mp.inspection import calls  # noqa: E402

# Imported there for type checkers only; autodoc evaluates the signature of Call.
calls.OperationName = names.OperationName

project = "fakes3mp"
author = "the fakes3mp authors"
copyright = "2026, the fakes3mp authors"  # noqa: A001
release = version = fakes3mp.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"fakes3mp {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_theme_options = {
    "source_repository": "https://github.com/fakes3mp/fakes3mp/",
    "source_branch": "main",
    "source_directory": "docs/",
}

smartquotes = False  # quotation marks of values are copied into code
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_typehints = "none"  # the docstrings have them
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False

# ``tox -e links``. tests/test_readme.py checks links to our own repository against the files of the checkout.
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1)"]
linkcheck_timeout = 20
linkcheck_retries = 2


def add_unlisted_pages(app, docname, source):
    """Put pages that the index does not name at its end, so that a new page is never left out."""
    if docname != "index":
        return
    listed = set(re.findall(r"^([\w-]+)$", source[0], re.MULTILINE))
    others = sorted({page.stem for page in Path(__file__).parent.glob("*.md")} - listed - {"index"})
    if others:
        source[0] += "\n".join(["", "```{toctree}", ":caption: More", ":hidden:", "", *others, "```", ""])


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", add_unlisted_pages)


copybutton_exclude = ".linenos, .gp, .go"
