"""The magics of a notebook: `%load_ext plait`, then `%%mlsql` and `%plait`."""
