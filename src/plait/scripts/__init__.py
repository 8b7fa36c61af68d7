"""Ordinary Python scripts that use pyspark and ray."""
