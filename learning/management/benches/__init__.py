"""Benchmarks of learning; each module is one sub-command of `manage.py bench`."""
