"""Exploration: the code under test is run under every fault that S3 can cause, and what it leaves is checked.

The public function is in ``explore``. ``points`` names calls, ``kinds`` what can happen to them, a ``schedule`` what
happens in one run; the ``runner`` runs it, the ``invariants`` judge it, the ``search`` goes through all of them.
"""
