"""Real clusters on this machine, one file each: on 127.0.0.1, on free ports, ended by their pid.

Each service is a context manager for tests, and can be started by hand:
`python -m tests.services.standalone` prints the settings that lead plait to it and waits.
"""
