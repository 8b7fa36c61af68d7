"""What is put into the scratch folders of a verification before the script runs there."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plait.data.files import is_foreign
from plait.errors import DataError, ModelError, PlaitError
from plait.models.store import ModelStore
from plait.plan.locations import Location
from plait.plan.steps import Apply, Plan, Query
from plait.settings import Settings
from plait.storage.credentials import Storage
from plait.storage.paths import path_of
from plait.verify.plan import Scratch, Uses, uses_of


@dataclass(frozen=True, slots=True)
class World:
    """What the script finds outside of itself, and what it changes there.

    lake: the root of the real tables, which are only read. databases: their names. causes:
    step id → why the step cannot be run with a scratch folder.
    """

    uses: Uses
    lake: Location
    databases: Sequence[str]
    causes: Mapping[int, str]


def world_of(plan: Plan, databases: Sequence[str], settings: Settings) -> World:
    """Look at what the plan's steps find. databases: those of the lake."""
    lake, storage = Location.of(settings.lake), Storage.of(settings.storage)
    uses = uses_of(plan, lake)
    causes = dict(_not_here(plan, settings))
    for needed in uses.needed:
        in_place = needed.location.is_in(lake) and not uses.changes_lake
        if not in_place and (why := _not_copied(needed.location, storage)):
            causes[needed.step] = why
    for step in plan.steps:
        files = step.files if isinstance(step, Query) and step.id in uses.reread else ()
        if any(uses.written.touching(file.location) for file in files):
            causes[step.id] = "its SQL names the path of files that the script writes"
    return World(uses, lake, databases, causes)


def _not_here(plan: Plan, settings: Settings) -> Iterator[tuple[int, str]]:
    """Step id → why a step would run where a scratch folder on this machine is not seen."""
    for step in plan.steps:
        on_ray = step.engine == "ray"
        here = settings.ray.here if on_ray else not settings.spark_elsewhere
        if on_ray and settings.ray.jobs is not None:
            yield step.id, "it runs on the cluster of ray.jobs"
        elif not here and not settings.lake_remote and any(to.scheme for to in step.writes):
            who = "Ray's nodes" if on_ray else "Spark's executors"
            yield step.id, f"{who} do not see a scratch folder in {settings.lake}"


def _not_copied(location: Location, storage: Storage) -> str | None:
    """Why what is at a location cannot be copied into a scratch folder; None when it can."""
    if not location.scheme:
        return None
    path = str(location)
    if not is_foreign(path):
        try:
            if not path_of(path, storage).exists():
                return None
        except (OSError, PlaitError) as problem:
            return f"{path} cannot be read: {problem}"
    return f"it needs what is at {path}, and only files of this machine are copied"


def fill(scratch: Scratch, world: World) -> None:
    """Put into a scratch folder what the script's steps find where they write.

    Of the lake's tables those that the script changes are copied. Only what no step changes is
    a link, so that no step can write to a real table through one. Raises DataError when
    something cannot be copied.
    """
    uses = world.uses
    try:
        for needed in uses.needed:
            if needed.step in world.causes:
                continue
            source, target = Path(needed.location.path), Path(scratch.at(needed.location))
            if not needed.location.is_in(world.lake) or uses.written.touching(needed.location):
                _copy(source, target, uses.replaced, scratch)
            elif uses.changes_lake:
                _link(source, target)
        if uses.changes_lake:
            for database in world.databases:
                folder = Path(scratch.at(world.lake.below(f"{database}.db")))
                folder.mkdir(parents=True, exist_ok=True)
    except (OSError, shutil.Error) as problem:
        raise DataError(f"cannot copy what the script changes: {problem}") from problem


def _copy(source: Path, target: Path, replaced: Collection[Location], scratch: Scratch) -> None:
    """Copy a file or a folder, if it exists, without what the script replaces."""
    left = {*(location.path for location in replaced), str(scratch.root)}

    def leave(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if str(Path(folder, name)) in left]

    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=leave, dirs_exist_ok=True)
    elif source.exists():
        shutil.copy2(source, target)


def _link(source: Path, target: Path) -> None:
    """Link to a folder, if it exists."""
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source, target_is_directory=True)


def newest_version(step: Apply, storage: Storage) -> int:
    """The number of the newest version of a prediction's model; 0 when there is none."""
    try:
        return ModelStore(step.path, storage).latest().number
    except ModelError:
        return 0


def lake_of(scratch: Scratch, world: World, settings: Settings) -> str:
    """The lake of an engine's session: the real one, unless the script changes it."""
    return scratch.at(world.lake) if world.uses.changes_lake else settings.lake
