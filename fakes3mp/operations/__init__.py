"""S3's operations: one function each, grouped by what they act on. They know the core, not HTTP or XML."""
