"""Running code while a fake is active: decorated functions and classes, and ``with`` blocks."""
