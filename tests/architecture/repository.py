"""The repository's own files, and the code blocks in its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "plait"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_TEXT = {".cfg", ".md", ".mlsql", ".py", ".toml", ".txt", ".yaml", ".yml", ""}
_FOLDERS = ("src", "tests", "examples", "benchmarks", "docs", ".ci")
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$", re.M | re.S
)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block of a page; `line` is where its text begins."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(language: str, pages: tuple[Path, ...] = PAGES) -> list[Block]:
    """All code blocks of a language."""
    found = []
    for page in pages:
        text = page.read_text("utf-8")
        for match in _FENCE.finditer(text):
            if match["language"] == language:
                line = text.count("\n", 0, match.start("text")) + 1
                name = str(page.relative_to(ROOT))
                found.append(Block(name, line, language, match["text"]))
    return found


def files() -> list[Path]:
    """Every text file that belongs to the repository."""
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for folder in _FOLDERS:
        found.extend(path for path in (ROOT / folder).rglob("*") if path.is_file())
    return sorted(
        path for path in found if path.suffix in _TEXT and "__pycache__" not in path.parts
    )
