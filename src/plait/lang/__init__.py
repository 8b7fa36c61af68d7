"""Text → statements: pure, and fast."""
