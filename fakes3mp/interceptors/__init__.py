"""Interceptors: each catches the S3 calls of one kind of client of this process and translates between it and the fake."""
