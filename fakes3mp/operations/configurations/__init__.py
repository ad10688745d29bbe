"""Configurations of buckets: the tables that declare their operations, and S3's checks of their documents."""
