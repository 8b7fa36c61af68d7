"""The plan while it is made: its steps, the names bound so far, the errors found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plait.errors import (
    AnalysisError,
    BindError,
    DataError,
    OptionError,
    PlaitError,
    ScriptError,
    Span,
    suggestion,
)
from plait.lang.statements import Name
from plait.plan.locations import Location, LocationIndex, PathTarget, TableTarget, Target
from plait.plan.scope import Scope
from plait.plan.sql_references import FILE_FORMATS, NameUse, mentions, references
from plait.plan.steps import Exchange, Query, Remark, Step, TableRef, Write
from plait.settings import ExchangeMethod

_WHY: Mapping[str, str] = {
    "auto": "by the measured size; direct, or the lake where Ray cannot be reached",
    "client": "asked for",
    "direct": "asked for",
    "lake": "asked for",
}


class Builder:
    """The steps made so far, the names bound so far and the errors found so far.

    barriers: ids of steps that every later one waits for, such as the setting of a conf.
    writers: which steps write where. links: folders whose symbolic links were followed.
    trained: the training step of each model's location. transfers: the position in `steps` of
    each table's transfer to Ray.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.steps: list[Step] = []
        self.errors: list[PlaitError] = []
        self.remarks: list[Remark] = []
        self.last: tuple[TableRef, Span] | None = None
        self.barriers: tuple[int, ...] = ()
        self.links: dict[str, str] = {}
        self.writers = LocationIndex()
        self.trained: dict[Location, int] = {}
        self.transfers: dict[TableRef, int] = {}

    def report(self, error: PlaitError) -> None:
        """Keep an error; planning goes on."""
        self.errors.append(error)

    def remark(self, text: str, span: Span) -> None:
        """Keep what is likely a mistake."""
        self.remarks.append(Remark(text, span))

    def add(self, make: Callable[..., Step], /, **fields: Any) -> Step:
        """Make a step with the next id, after every barrier so far."""
        after = tuple(dict.fromkeys((*self.barriers, *fields.pop("after", ()))))
        step = make(id=len(self.steps) + 1, after=after, **fields)
        self.steps.append(step)
        return step

    def bind(self, name: Name) -> TableRef:
        """Bind a name and remember it as the last table of the script."""
        ref = self.scope.bind(name.text)
        self.last = (ref, name.span)
        return ref

    def resolve(self, name: Name) -> TableRef | None:
        """The table that a name means, or None after reporting that there is none."""
        try:
            return self.scope.table(name)
        except BindError as error:
            self.report(error)
            return None

    def transfer_to_ray(self, table: TableRef, span: Span, method: ExchangeMethod) -> TableRef:
        """The table on Ray's side, by a transfer that is planned once per table.

        method: what the statement asks for; two statements cannot ask for two methods.
        """
        on_ray = TableRef(table.name, table.version, "ray")
        planned = self.transfers.get(table)
        chosen: dict[str, Any] = {"method": method, "why": _WHY[method]}
        if planned is None:
            self.add(Exchange, span=span, inputs=(table,), outputs=(on_ray,), to="ray", **chosen)
            self.transfers[table] = len(self.steps) - 1
            return on_ray
        earlier = self.steps[planned]
        assert isinstance(earlier, Exchange)
        if earlier.method == "auto":
            self.steps[planned] = replace(earlier, **chosen)
        elif method not in ("auto", earlier.method):
            self.report(
                OptionError(
                    f"'{table.name}' is transferred to Ray once, and line {earlier.span.line} "
                    f'asks for exchange="{earlier.method}"',
                    span=span,
                )
            )
        return on_ray

    def transfer_to_data(
        self, table: TableRef, span: Span, method: ExchangeMethod, why: str | None = None
    ) -> None:
        """The table back in the data engine."""
        on_ray = TableRef(table.name, table.version, "ray")
        self.add(
            Exchange,
            span=span,
            inputs=(on_ray,),
            outputs=(table,),
            to="data",
            method=method,
            why=why or _WHY[method],
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """What the references of a query mean at its place in the script.

    names: which name in the SQL is which table of the script. lake_tables: spelled as in the
    SQL. files: those that it reads by their path. after: ids of steps to wait for.
    """

    names: tuple[tuple[str, TableRef], ...]
    lake_tables: tuple[TableTarget, ...]
    files: tuple[PathTarget, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def tables(self) -> tuple[TableRef, ...]:
        """The tables of the script, each once."""
        return tuple(dict.fromkeys(ref for _, ref in self.names))


def add_query(builder: Builder, sql: str, span: Span, table: Name | str) -> TableRef:
    """The query step that defines a table; the names it reads are bound first.

    table: the name that is bound to it, or text for a table that no statement can name.
    """
    bound = bind_names(builder, sql, span)
    ref = builder.bind(table) if isinstance(table, Name) else builder.scope.new_version(table)
    builder.add(
        Query,
        span=span,
        inputs=bound.tables,
        outputs=(ref,),
        sql=sql,
        names=bound.names,
        lake_tables=bound.lake_tables,
        files=bound.files,
        after=bound.after,
    )
    return ref


def bind_names(builder: Builder, sql: str, span: Span) -> Bound:
    """What the references of a query mean now; names that mean nothing are reported."""
    uses = references(sql)
    if uses is None:
        return offered(builder, mentions(sql))
    scope = builder.scope
    names: dict[str, TableRef] = {}
    lake_tables: dict[str, TableTarget] = {}
    files: list[PathTarget] = []
    for use in uses:
        ref = None if use.database else scope.find(use.table)
        if ref is not None:
            names[use.table.lower()] = ref
        elif scope.lake_name(use.database, use.table) in scope.lake:
            table = scope.lake_table(f"{use.database or 'default'}.{use.table}")
            lake_tables[table.name] = table
        elif (use.database or "").lower() in FILE_FORMATS:
            files.append(PathTarget.of((use.database or "").lower(), use.table))
        else:
            builder.report(_unknown_name(builder, use, sql, span))
    sources: tuple[Target, ...] = (*lake_tables.values(), *files)
    after = tuple(s for source in sources for s in builder.writers.touching(source.location))
    return Bound(tuple(names.items()), tuple(lake_tables.values()), tuple(files), after)


def offered(builder: Builder, may_read: Callable[[str], bool]) -> Bound:
    """Every table that a text may read whose references are undetermined.

    Among these the engine's analysis decides. may_read: whether the text may name a table.
    """
    scope = builder.scope
    names = tuple((name, ref) for name, ref in scope.tables.items() if may_read(name))
    lake = sorted(full for full in scope.lake if may_read(full.partition(".")[2]))
    tables = tuple(scope.lake_table(full) for full in lake)
    return Bound(names, tables, after=builder.writers.steps())


def _unknown_name(builder: Builder, use: NameUse, sql: str, span: Span) -> PlaitError:
    position = position_in(sql, use.offset, len(use.table), span)
    if use.table.lower() in builder.scope.codes and not use.database:
        return BindError(f"'{use.table}' is code, not a table of data", span=position)
    return builder.scope.unknown_table(use.full, position)


def position_in(sql: str, offset: int, length: int, span: Span) -> Span:
    """The position in the file of a piece of a statement's SQL; else that of the statement.

    sql: the statement's text. offset, length: of the piece, in characters of that text.
    span: of the statement.
    """
    line = sql.count("\n", 0, offset)
    if line == 0:
        start = span.column - 1 + offset
        if span.text[start : start + length].lower() == sql[offset : offset + length].lower():
            return Span(span.file, span.line, start + 1, length, span.text)
        return span
    text = sql.split("\n")[line].rstrip("\r")
    column = offset - sql.rfind("\n", 0, offset)
    return Span(span.file, span.line + line, column, length, text)


def add_write(builder: Builder, table: TableRef, target: Target, **fields: Any) -> None:
    """The write step of a table."""
    after = builder.writers.touching(target.location)
    if fields.get("mode") == "errorIfExists":
        _refuse_second(builder, target, after, fields["path_span"])
    step = builder.add(Write, inputs=(table,), target=target, after=after, **fields)
    builder.writers.add(target.location, step.id)
    if isinstance(target, TableTarget):
        builder.scope.lake.add(target.name)


def _refuse_second(builder: Builder, target: Target, writers: tuple[int, ...], span: Span) -> None:
    """Report a target that must not exist, and that an earlier statement has surely made."""
    if isinstance(target, TableTarget) and target.name not in builder.scope.lake:
        return  # it was dropped since
    writes = (step for step in builder.steps if isinstance(step, Write) and step.id in writers)
    for step in writes:
        if step.target.location == target.location and type(step.target) is type(target):
            text = f"{target} exists already: line {step.span.line} writes it"
            hint = "save overwrite replaces it, save append adds to it"
            error = DataError(text, span=span, hint=hint)
            error.exit_code = ScriptError.exit_code  # it is the script that is wrong
            builder.report(error)
            return


def lake_target(builder: Builder, path: Name, *, must_exist: bool) -> TableTarget:
    """The table of a path written as `db.table` or `table`; what is wrong is reported."""
    parts = [part.strip("` ") for part in path.text.split(".")]
    if len(parts) > 2 or not all(part.isidentifier() for part in parts):
        builder.report(
            AnalysisError(f"'{path.text}' is not a table's name: db.table", span=path.span)
        )
        return builder.scope.lake_table(path.text)
    full = builder.scope.lake_name(parts[0] if len(parts) == 2 else None, parts[-1])
    if must_exist and full not in builder.scope.lake:
        builder.report(
            BindError(
                f"there is no table '{full}' in the lake",
                span=path.span,
                hint=suggestion(full, sorted(builder.scope.lake)),
            )
        )
    database = full.partition(".")[0]
    if not must_exist and database not in builder.scope.databases:
        builder.report(
            BindError(
                f"there is no database '{database}' in the lake",
                span=path.span,
                hint=f"create it first: create database {database};",
            )
        )
    return builder.scope.lake_table(full)
