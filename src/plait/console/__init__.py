"""Draws the events of a run as text."""
