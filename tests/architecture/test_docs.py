"""What the pages show is true: scripts parse, Python compiles, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import plait
from plait.lang.parser import parse
from tests.architecture.repository import PAGES, ROOT, Block, blocks, files

EXAMPLES = sorted((ROOT / "examples").glob("*.mlsql"))
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("block", blocks("mlsql"), ids=str)
def test_scripts_of_the_pages_parse(block: Block) -> None:
    script = parse("\n" * (block.line - 1) + block.text, block.page, {})
    assert script.statements


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_of_the_pages_compiles(block: Block) -> None:
    compile("\n" * (block.line - 1) + block.text, block.page, "exec")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_examples_parse(path: Path) -> None:
    assert parse(path.read_text("utf-8"), path.name, {}).statements


def test_readme_shows_the_script_of_the_demo() -> None:
    script = (ROOT / "examples" / "flights.mlsql").read_text("utf-8")
    shown = [block.text for block in blocks("mlsql", (ROOT / "README.md",))]
    assert script in shown, "README.md and examples/flights.mlsql differ"


def test_the_demo_can_be_planned(tmp_path: Path) -> None:
    path = ROOT / "examples" / "flights.mlsql"
    with plait.connect(lake=tmp_path / "lake") as session:
        plan = session.explain(path.read_text("utf-8"), str(path))
    for word in ("fit", "apply", "exchange", "write", "preview"):
        assert word in plan


def test_the_guides_run(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their scripts one after the other in one session, then their Python and the README's."""
    names = ("quickstart", "pythonalg", "sklearn", "recipes", "python")
    guides = tuple(ROOT / "docs" / f"{name}.md" for name in names)
    scripts = blocks("mlsql", guides)
    programs = blocks("python", (*guides, ROOT / "README.md"))
    assert scripts
    assert programs
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAIT_CACHE", str(cache))
    monkeypatch.setenv("PLAIT_RAY_NUM_CPUS", "2")
    with plait.connect() as session:
        for block in scripts:
            session.run("\n" * (block.line - 1) + block.text, block.page)
    for block in programs:
        code = compile("\n" * (block.line - 1) + block.text, block.page, "exec")
        exec(code, {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = [
        link
        for link in _LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert not dead


def test_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    others = {p.name for p in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert not {name for name in others if f"({name})" not in index}


def test_no_machine_paths() -> None:
    """No folder of one machine or user in any file: those paths exist nowhere else."""
    places = "|".join(("work", "root", "home", "Users", "tmp/" + "w"))
    pattern = re.compile(rf"(?<![\w.\"'`$}}~/-])/({places})/|/tmp/" + r"w/")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_seed_script_is_untouched() -> None:
    """It is somebody else's text: word for word what users of MLSQL write."""
    text = (ROOT / "examples" / "seed.mlsql").read_text("utf-8")
    assert text.startswith("-- the code that trains\nset py_train='''\nimport ray\nray.init()\n")
    assert "@ray.remote(num_cpus=2, num_gpus=1)\n" in text
    assert text.endswith('and fitParam.0.fileFormat="json"\nand `fitParam.0.psNum`="1";\n')


def test_every_setting_is_documented() -> None:
    from plait.settings import known_keys

    page = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    assert [key for key in known_keys() if f"`{key}" not in page] == []


def test_every_event_is_documented_with_its_fields() -> None:
    from dataclasses import fields
    from typing import get_args

    from plait.events import Event

    rows = {
        found[1]: found[2]
        for found in re.finditer(
            r"^\| `(\w+)` \| (.*) \|$", (ROOT / "docs" / "cli.md").read_text("utf-8"), re.M
        )
    }
    missing = [
        f"{kind.__name__}.{field.name}"
        for kind in get_args(Event)
        for field in fields(kind)
        if field.name != "run" and f"`{field.name}`" not in rows.get(kind.__name__, "")
    ]
    assert not missing


def test_files_of_the_architecture_exist() -> None:
    """Every file that the page names, but for those that a contributor is to make (NAME)."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = [name for name in re.findall(r"`([\w/]+\.(?:py|md))`", page) if "NAME" not in name]
    assert len(named) > 20
    places = (ROOT, ROOT / "src" / "plait")
    missing = [
        name
        for name in named
        if not any((place / name).exists() for place in places)
        and not list((ROOT / "src" / "plait").rglob(name))
    ]
    assert not missing
