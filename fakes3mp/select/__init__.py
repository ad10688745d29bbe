"""S3 Select: an object's records, read, queried with SQL and written again."""
