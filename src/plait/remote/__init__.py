"""Runs that are sent into a Ray cluster as jobs."""
