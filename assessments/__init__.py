"""Assessments: the question bank, the paper, the sitting and its score.

Speaks to `learning` by PASSED evidence only; knows nothing of pages or viewing.
"""
