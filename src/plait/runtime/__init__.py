"""Plan → results: checks, runs and tells."""
