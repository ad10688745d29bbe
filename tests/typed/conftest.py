"""These files are checked by mypy and pyright, in scripts/check_types.py, and not run."""

collect_ignore_glob = ["*.py"]
