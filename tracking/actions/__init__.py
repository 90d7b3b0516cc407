"""The verbs of tracking: tickets, viewings, watched evidence."""
