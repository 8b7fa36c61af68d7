"""Arrow batches between executors and Ray's nodes."""
