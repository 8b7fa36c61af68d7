"""Every example of the language reference is a script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plait.lang import cursor
from plait.lang.parser import parse

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```mlsql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_example(example: str) -> None:
    assert parse(example, "language.md").statements


def test_every_first_word_is_on_the_page() -> None:
    assert len(EXAMPLES) >= 9
    for head in cursor.HEADS:
        assert f"`{head}" in PAGE, f"the page does not say that a statement may begin with {head}"


def test_links_lead_to_headings() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^##? (.*)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= headings
