"""The state machine: buckets, objects, uploads. It knows no HTTP, no XML, no botocore, no clock of its own."""
