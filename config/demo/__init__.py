"""The demo network: seven alliances and a season, loaded so that every page has something to show.

All of its events, speakers and attendees are invented. Seats are written straight into the tables:
hundreds of people who do not exist need no confirmation mail.
"""
