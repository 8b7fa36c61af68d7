"""Clauses of Spark SQL that Sail does not know, written with those that it knows."""
