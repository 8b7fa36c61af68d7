"""What lies in the scratch folders of a verification before the script runs there."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from plait.catalog.lake import DEFAULT_DATABASE, LakeCatalog, TableName
from plait.data.files import is_foreign, place
from plait.errors import DataError, ModelError, PlaitError
from plait.models.store import ModelStore
from plait.plan.locations import Location, PathTarget
from plait.plan.steps import Apply, Fit, Plan, Write
from plait.settings import Settings
from plait.storage.credentials import Storage
from plait.verify.plan import Files, Scratch, Tables, files_of, tables_of


@dataclass(frozen=True, slots=True)
class World:
    """What the script finds outside of itself, and what it does with it.

    lake: the real one, which is only read. causes: id → why a step cannot be run elsewhere
    than where the script says.
    """

    files: Files
    tables: Tables
    lake: LakeCatalog
    causes: Mapping[int, str]


def world_of(plan: Plan, lake: LakeCatalog, settings: Settings) -> World:
    """Look at what the plan's steps find. Raises DataError for a lake that cannot be read."""
    files = files_of(plan)
    tables = tables_of(plan, [name.lower() for name in lake.names()])
    storage = Storage.of(settings.storage)
    causes = dict(_not_here(plan, settings))
    for step, location in files.needed:
        if why := _not_copied(location, storage):
            causes[step] = why
    if tables.changed and not isinstance(lake.root, Path):
        for step, name in tables.needed:
            causes[step] = (
                f"the script changes the lake, and table {name} of it is not on this machine"
            )
    return World(files, tables, lake, causes)


def _not_here(plan: Plan, settings: Settings) -> Iterator[tuple[int, str]]:
    """What would run where the scratch folder cannot be seen."""
    for step in plan.steps:
        match step:
            case Fit() | Apply() if settings.ray.jobs is not None:
                yield step.id, "it runs where ray.jobs says, and not here"
            case Fit() if _apart(step.location, settings, here=settings.ray.here):
                yield step.id, f"Ray's nodes do not see a scratch folder in {settings.lake}"
            case Write(target=PathTarget() as target) if _apart(
                target.location, settings, here=not settings.spark_elsewhere
            ):
                yield step.id, f"Spark's executors do not see a scratch folder in {settings.lake}"
            case _:
                pass


def _apart(location: Location, settings: Settings, *, here: bool) -> bool:
    """Whether a cluster that writes to a store would have to write to this machine."""
    return bool(location.scheme) and not here and not settings.lake_remote


def _not_copied(location: Location, storage: Storage) -> str | None:
    """Why what is at a location of the script cannot be laid into the scratch folder."""
    if not location.scheme:
        return None
    path = str(location)
    if not is_foreign(path):
        try:
            if not place(path, storage).exists():
                return None
        except (OSError, PlaitError) as problem:
            return f"{path} cannot be read: {problem}"
    return f"what is at {path} counts too, and only files of this machine are copied"


def fill(scratch: Scratch, world: World) -> None:
    """Lay into a scratch folder what the script's steps find where they write.

    Raises DataError when something cannot be copied.
    """
    try:
        for step, location in world.files.needed:
            if step not in world.causes:
                target = Path(scratch.file(location.path))
                _copy(Path(location.path), target, world.files.replaced, scratch)
        if world.tables.changed:
            _fill_lake(LakeCatalog(scratch.lake), world)
    except (OSError, shutil.Error) as problem:
        raise DataError(f"cannot copy what the script changes: {problem}") from problem


def _copy(source: Path, target: Path, replaced: Collection[Location], scratch: Scratch) -> None:
    """Copy a file or a folder without what the script replaces, if it is there at all."""
    left = {*(location.path for location in replaced), str(scratch.root)}

    def leave(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if str(Path(folder, name)) in left]

    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=leave, dirs_exist_ok=True)
    elif source.exists():
        shutil.copy2(source, target)


def _fill_lake(copy: LakeCatalog, world: World) -> None:
    """Give the scratch lake the real one's databases, and the tables that the script looks at.

    One that the script changes is copied. Only what no step writes or drops is a link, so
    that nothing can reach a real table through one.
    """
    for database in world.lake.databases():
        if database.lower() != DEFAULT_DATABASE:
            copy.create_database(database.lower(), if_not_exists=True)
    needed = {name for step, name in world.tables.needed if step not in world.causes}
    for name in sorted(needed):
        source, parsed = world.lake.require(name), TableName.parse(name)
        target = copy.table_path(str(parsed))
        assert isinstance(source, Path)
        assert isinstance(target, Path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in world.tables.written:
            shutil.copytree(source, target)
        else:
            target.symlink_to(source.absolute(), target_is_directory=True)


def newest_version(step: Apply, storage: Storage) -> int:
    """The number of the newest version of a prediction's model; 0 when there is none."""
    try:
        return ModelStore(step.path, storage).latest().number
    except ModelError:
        return 0


def lake_of(scratch: Scratch, world: World, settings: Settings) -> str:
    """The lake of an engine's session: the real one, as long as nothing changes it."""
    return str(scratch.lake) if world.tables.changed else settings.lake
