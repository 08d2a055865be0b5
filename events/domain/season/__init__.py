"""A season: many events placed at once, as well as their hosts' weeks allow.

``plan`` (pure) says what is to be placed and what a placement costs, ``solving`` (pure) places it
with CP-SAT, ``impossible`` (pure) says why it cannot be done. Only workers import the solver.
"""
