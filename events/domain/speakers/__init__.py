"""Speakers: their profiles, what they are asked and told, and what they leave for who came."""
