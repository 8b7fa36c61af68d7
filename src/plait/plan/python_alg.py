"""PythonAlg: the options of a training that runs the user's own script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from plait.errors import OptionError, suggestion
from plait.plan.builder import Builder
from plait.plan.estimator_options import EstimatorSpec, Report, StatementOptions, code_named
from plait.plan.formats import OptionSpec
from plait.plan.python_code import saved_name
from plait.plan.steps import Code
from plait.plan.training import Answer, EstimatorOptions

FileFormat = Literal["parquet", "json"]

_FILE_FORMAT, _WORKERS, _SYSTEM = "fitParam.N.fileFormat", "fitParam.N.psNum", "systemParam.KEY"
_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("scripts", "str", "code tables that the script is made of, separated by commas"),
    OptionSpec("entryPoint", "str", "which of `scripts` is run; may be left out if there is one"),
    OptionSpec(
        "keepLocalDirectory", "bool", "keep the folder the script worked in", default="false"
    ),
    OptionSpec(
        _FILE_FORMAT, "str", "how the data lies in the folder for scripts", ("json", "parquet")
    ),
    OptionSpec(_WORKERS, "int", "number of workers of the group; 1 in this release"),
    OptionSpec(_SYSTEM, "str", "a parameter for all groups: `system_params`"),
)


@dataclass(frozen=True, slots=True)
class PythonProgram(EstimatorOptions):
    """The user's scripts, the one that is run, and what they are given beside their group.

    file_format: how `task.data_folder` holds the table. keep_local_directory: whether the
    folder that the script worked in stays beside the model.
    """

    scripts: tuple[Code, ...]
    entry_point: str
    system_params: tuple[tuple[str, str], ...] = ()
    file_format: FileFormat | None = None
    keep_local_directory: bool = False

    def answer(self) -> Answer | None:
        """The name that the code saves the model with; a data frame brings names of its own."""
        name = saved_name(self.scripts)
        return None if name is None else Answer(name, certain=False)


def _program(builder: Builder, options: StatementOptions) -> PythonProgram | None:
    """The program of a train statement, or None after reporting what is wrong."""
    report = builder.report
    file_format = _file_format(options, report)
    _check_workers(options, report)
    spans = options.spans
    names = [name.strip() for name in (options.text("scripts") or "").split(",") if name.strip()]
    if not names:
        report(OptionError("PythonAlg needs 'scripts': what is to be run?", span=options.span))
        return None
    codes = [code_named(builder, name, spans["scripts"]) for name in names]
    entry = str(options.values.get("entryPoint", names[0] if len(names) == 1 else ""))
    if entry.lower() not in {name.lower() for name in names}:
        hint = suggestion(entry, names)
        text = f"'{entry}' is not one of the scripts" if entry else "which script is run?"
        hint = hint if entry else f'add: and entryPoint="{names[0]}"  (one of: {", ".join(names)})'
        at = spans.get("entryPoint", options.span)
        report(OptionError(f"entryPoint: {text}", span=at, hint=hint))
        return None
    return PythonProgram(
        scripts=tuple(code for code in codes if code is not None),
        entry_point=entry,
        system_params=tuple((m.name, str(m.value)) for m in options.matching(_SYSTEM)),
        file_format=file_format,
        keep_local_directory=bool(options.values.get("keepLocalDirectory", False)),
    )


def _file_format(options: StatementOptions, report: Report) -> FileFormat | None:
    formats = {str(m.value).lower() for m in options.matching(_FILE_FORMAT) if m.value is not None}
    if len(formats) > 1:
        report(OptionError("fileFormat must be the same in all groups", span=options.span))
    return cast(FileFormat, next(iter(formats))) if formats else None


def _check_workers(options: StatementOptions, report: Report) -> None:
    for match in options.matching(_WORKERS):
        if match.value not in (None, 1):
            report(
                OptionError(
                    f"option '{match.option.key}' must be 1: a group of several workers is not "
                    "built yet",
                    span=match.option.value_span,
                    hint="start further tasks from the script with @ray.remote",
                )
            )


SPEC = EstimatorSpec(
    name="PythonAlg",
    train_options=_OPTIONS,
    parameters="parameter KEY of group N; groups run side by side",
    own=_program,
)
