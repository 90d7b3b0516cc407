"""Demo data: a small province that a visitor can walk through (D14)."""
