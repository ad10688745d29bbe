"""A fake behind HTTP, for clients of other processes and other languages."""
