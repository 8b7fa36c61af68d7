"""One listing of all files below a path: on a disk and in S3, with the requests counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.storage.listing import FileEntry, below, entries, list_files
from plait.storage.paths import AnyPath, path_of
from tests.services.s3 import S3Service

FILES = {
    "a.csv": "1",
    "k=1/b.csv": "22",
    "k=1/_hidden/c.csv": "3",
    "k=2 x%2F/d.csv": "",
    ".e": "5",
}


def _skip(name: str) -> bool:
    return name.startswith((".", "_"))


def _names(found: tuple[FileEntry, ...], root: AnyPath) -> dict[str, int]:
    return {str(each.path)[len(str(root)) + 1 :]: each.size_bytes for each in found}


@pytest.fixture(params=["disk", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPath:
    """A folder with FILES in it."""
    folder: AnyPath = tmp_path / "t"
    if request.param == "s3":
        service: S3Service = request.getfixturevalue("s3_service")
        folder = path_of(f"s3a://{service.bucket}/{tmp_path.name}/t", service.storage)
    for name, text in FILES.items():
        if isinstance(folder, Path):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_all_files_with_their_sizes(root: AnyPath) -> None:
    found = list_files(root)
    assert _names(found, root) == {name: len(text) for name, text in FILES.items()}
    assert [entry.path for entry in found] == sorted(entry.path for entry in found)
    assert all(entry.modified == entry.path.stat().st_mtime for entry in found)
    shown = {"a.csv": 1, "k=1/b.csv": 2, "k=2 x%2F/d.csv": 0}
    assert _names(list_files(root, _skip), root) == shown


def test_a_file_is_its_own_listing(root: AnyPath) -> None:
    (entry,) = list_files(root / "k=1" / "b.csv")
    assert (entry.path, entry.size_bytes) == (root / "k=1" / "b.csv", 2)
    with pytest.raises(FileNotFoundError) as caught:
        list_files(root / "nothing")
    assert "there is no" in str(caught.value.strerror)


def test_folders_too(root: AnyPath) -> None:
    assert [each.name for each in entries(root)] == sorted([".e", "a.csv", "k=1", "k=2 x%2F"])
    assert [each.name for each in below(root, "*=*")] == ["k=1", "k=2 x%2F"]
    assert entries(root / "nothing") == below(root / "nothing", "*") == []


def test_links_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "t" / "deep").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.csv").write_text("1")
    (tmp_path / "t" / "linked").symlink_to(tmp_path / "other")
    (tmp_path / "t" / "deep" / "up").symlink_to(tmp_path / "t")
    assert [entry.path for entry in list_files(tmp_path / "t")] == [
        tmp_path / "t" / "linked" / "a.csv"
    ]
    (tmp_path / "t" / "gone").symlink_to(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match="a link to"):
        list_files(tmp_path / "t")
