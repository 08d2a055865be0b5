"""A season: many events placed at once, as well as their hosts' weeks allow. Pure.

``plan`` says what is to be placed and what a placement costs, ``solving`` places it with CP-SAT,
``impossible`` says why it cannot be done. Only workers import the solver. Rows: ``..seasons``.
"""
