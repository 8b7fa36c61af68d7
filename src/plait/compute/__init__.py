"""Where Python runs: Ray, started on first use."""
