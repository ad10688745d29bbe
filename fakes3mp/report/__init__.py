"""What a test run shows of its fakes: text under a failed test, and one HTML page for the whole run."""
