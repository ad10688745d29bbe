"""Code that runs while a fake is active: decorated functions, classes and ``with`` blocks."""
