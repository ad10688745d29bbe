"""The pytest plugin of fakes3mp (entry point ``pytest11``)."""
