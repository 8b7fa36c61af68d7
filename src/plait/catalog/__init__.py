"""Databases and tables by name: in the lake or in a Hive metastore, behind one protocol."""
