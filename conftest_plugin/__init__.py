"""The pytest plugin of fakes3mp (entry point ``pytest11``); installed as ``fakes3mp.pytest_plugin``."""
