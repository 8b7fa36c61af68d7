"""Sail: Spark Connect without a JVM, in a child process."""
