"""The command line: parses arguments, calls a session, draws events."""
