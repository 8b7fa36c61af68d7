"""Types of queries by Spark's rules, and the casts by which Sail gives the same."""
