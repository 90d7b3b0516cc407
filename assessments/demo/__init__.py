"""The demo question banks, as data."""
