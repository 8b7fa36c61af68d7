"""The option tables of the language reference are those that check the options."""

from __future__ import annotations

from pathlib import Path

from plait.plan.formats import FORMATS
from plait.plan.reference import filled

PAGE = Path(__file__).parents[2] / "docs" / "language.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page), "run: python -m plait.plan.reference docs/language.md"


def test_every_option_of_every_format_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for fmt in FORMATS.values():
        assert f"### {fmt.name}\n" in page
        for spec in (*fmt.read_options, *fmt.write_options):
            assert f"| `{spec.key}` |" in page
