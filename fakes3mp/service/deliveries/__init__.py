"""What S3 itself writes into buckets as time passes: server access logs and inventories."""
