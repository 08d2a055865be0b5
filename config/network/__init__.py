"""Reads a network file into the tables: alliances, members, topics, speakers, events."""
