"""S3 Control: what is done to an account, its access points and its jobs."""
