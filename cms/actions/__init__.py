"""The verbs of cms."""
