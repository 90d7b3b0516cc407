"""The law of exams: pure functions on plain values."""
