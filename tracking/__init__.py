"""Tracking: which seconds of which lesson a learner has really watched.

The server judges every second on its own clock; the player is a witness, never the judge.
Measures `learning` editions and answers with WATCHED evidence; knows nothing of pages or exams.
"""
