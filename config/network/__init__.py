"""Reads a network file (alliances, members, topics, speakers, programmes, events) into the tables."""
