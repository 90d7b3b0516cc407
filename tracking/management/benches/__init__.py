"""Benchmarks of tracking; each module is one sub-command of `manage.py bench`."""
