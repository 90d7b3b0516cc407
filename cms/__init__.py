"""cms: what bases write and visitors read: courses, notices, help, and their files.

Publishing a course page writes a `learning.Edition`; nothing here measures anyone.
"""
