"""What maintainers run: the check of the packages, a release."""
