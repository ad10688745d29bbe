"""One function per S3 operation, grouped by noun. They know the core, never the wire."""
