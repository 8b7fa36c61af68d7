"""Service fixtures: real servers and clusters on this machine, one file each.

They listen on free ports of 127.0.0.1 and are ended by their process ids. Each service is a
context manager for tests, and can be started by hand: `python -m tests.services.standalone`
prints the settings with which plait uses it, and waits.
"""
