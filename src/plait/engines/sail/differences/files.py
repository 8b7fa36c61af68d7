"""What in text files Sail reads otherwise: found at the `load`, which then goes to Spark."""

from __future__ import annotations

from collections.abc import Mapping

from plait.data.unread import Content
from plait.engines.sail.differences.model import Difference

UNREAD: Mapping[Content, str] = {
    "csv-quotes": "quotes in csv that RFC 4180 does not know (text after a closing quote, a quote "
    'that never closes), another escape or none, `quote=""`, and within quotes a carriage return, '
    'or any line end under multiLine="false"; files in a store are not searched for them',
    "csv-separator": "a separator of csv that is more than one byte",
    "json-mixed": "a JSON field that is text in one place and another value elsewhere, or that a "
    "schema asks for as text",
    "json-mark": "a JSON file with a byte order mark",
    "json-not-finite": "NaN and Infinity in JSON",
}
FILES: tuple[Difference, ...] = tuple(
    Difference(id, what, "silent" if id == "csv-quotes" else "refused", "route", "")
    for id, what in UNREAD.items()
)
