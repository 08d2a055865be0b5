"""Finding a time: office hours, holidays, what is taken, and the ranking of starts.

``hours``, ``holidays``, ``clashes``, ``slots`` and ``wording`` are pure; ``world`` reads the
database for them, ``conflicts`` asks the same questions of events that have a time already.
Inside, time is counted in whole minutes since 1970 began in UTC, and spans are half open.
"""
