"""Tables and files, over the DataFrame API: read, written, checked, inferred, committed."""
