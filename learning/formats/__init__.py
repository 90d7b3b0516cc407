"""Date formats that differ from Django's own, one package per language."""
