"""Plan → results: checks, runs and reports."""
