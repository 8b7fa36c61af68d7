"""One script on both data engines, every table compared."""
