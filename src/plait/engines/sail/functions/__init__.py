"""Functions that Sail lacks or answers otherwise, written with those that it has.

`table` says how each is written, as data; `text` does so in the text of a query.
"""
