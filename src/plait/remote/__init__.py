"""Runs that are sent to a Ray cluster as jobs."""
