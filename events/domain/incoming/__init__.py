"""Calendars of others, read: bytes that anybody may have written become plain entries.

Pure and without the database. It runs in a process of its own (``sandbox``), which has no secrets
to lose and is ended when it takes too long.
"""
