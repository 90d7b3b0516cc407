"""The verbs of learning: the directory listing is what the system can do."""
