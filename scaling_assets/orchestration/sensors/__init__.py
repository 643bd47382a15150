"""Sensors: what makes the graph follow the world (new files, edited declarations)."""
