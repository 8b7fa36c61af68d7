"""All that is shipped to Ray workers and executors; it imports nothing else of plait."""
