"""The same work without plait, written as its user would write it."""
