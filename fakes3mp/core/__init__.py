"""The pure middle: buckets, objects, uploads and their states. Standard library only; no HTTP, no botocore."""
