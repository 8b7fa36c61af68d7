"""What in text files one engine reads otherwise than Spark, as the reader asks about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plait.errors import CapabilityError

Content = Literal["csv-quotes", "csv-separator", "json-mixed", "json-mark", "json-not-finite"]


@dataclass(frozen=True, slots=True)
class Unread:
    """What `engine` does not read as Spark does; nothing in Spark itself."""

    engine: str = "spark"
    contents: frozenset[Content] = frozenset()

    def refuse(self, found: Mapping[Content, str]) -> None:
        """Raise CapabilityError for the first content that the engine does not read.

        found: what is in the files, each with a sentence that says where.
        """
        for content, where in found.items():
            if content in self.contents:
                raise CapabilityError(
                    f"{where}, which {self.engine.capitalize()} does not read as Spark does",
                    engine=self.engine,
                    hint="run it on Spark: --engine spark",
                )


NOTHING_UNREAD = Unread()
