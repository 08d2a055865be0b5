"""The main job through real processes: web server, workers, mail and, at the end, a browser."""
