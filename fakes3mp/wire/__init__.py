"""HTTP to typed parameters and back, for every operation of botocore's S3 model. Knows no state."""
