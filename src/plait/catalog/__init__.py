"""The tables of the lake and of a Hive metastore: read, save, register, measure."""
