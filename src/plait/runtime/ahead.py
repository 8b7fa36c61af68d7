"""SQL behind a training or a prediction, analysed before either has run.

A table that Ray will make gets a stand-in without rows in the engine, of the columns that it will
have as far as they are known: a published model's manifest says what it answers, a training's
statement what its model will. The engine then analyses what is read from it. Where types are not
known, or a model may answer other columns than its code says, only what is wrong all the same is
an error.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from plait.data import tables
from plait.errors import AnalysisError, DataError, ModelError, PlaitError
from plait.plan.explain import late_tables
from plait.plan.sql_references import parse_sql
from plait.plan.steps import Apply, Fit, Query, Remark, Show, Step, TableRef
from plait.runtime.findings import all_wrong, unknown_in
from plait.runtime.positions import is_syntax
from plait.runtime.sql_steps import analyse
from plait.runtime.state import RunState

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a table's columns.

    view: a view with these columns. certain: whether it will have them and no others.
    typed: whether it will have their types.
    """

    view: str
    certain: bool = True
    typed: bool = True


@dataclass(slots=True)
class Ahead:
    """What the engine's analysis says of tables that are not there yet.

    errors: what is surely wrong, at its words. remarks: what is wrong if a model answers what its
    code says. read: tables whose SQL the engine has read.
    """

    ctx: RunState
    errors: list[PlaitError] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    read: set[TableRef] = field(default_factory=set)
    _known: dict[TableRef, Outlook] = field(default_factory=dict)
    _views: list[str] = field(default_factory=list)

    def of(self, table: TableRef) -> Outlook | None:
        """What is known of a table, on whichever side."""
        ref = replace(table, side="data")
        if self.ctx.tables.defined(ref):
            return Outlook(ref.view)
        return self._known.get(ref)

    # --- one step ---------------------------------------------------------------------------

    def look(self, step: Step, late: frozenset[TableRef]) -> None:
        """Take in what a step will make of what is known."""
        match step:
            case Fit(outputs=(table,)):
                from plait.estimators.training import result_schema

                self._stand_in(table, result_schema(), Outlook(""))
            case Show(outputs=(_, *_)) as shows:
                self._shown(shows)
            case Apply():
                self._predicted(step)
            case Query() if late.intersection(step.outputs):
                self._query(step)
            case _:
                pass

    def _shown(self, step: Show) -> None:
        """The answer of a command that the script gives a name."""
        from plait.data.arrow import arrow_schema
        from plait.runtime.answers import answer_schema

        known = Outlook("") if step.what != "rows" else self.of(step.inputs[0])
        if known is None:
            return
        if step.what == "rows":
            shown = self.ctx.engine.session().table(known.view)
            schema = self.ctx.guarded(lambda: arrow_schema(shown))
        else:
            schema = answer_schema(step.what)
        for table in step.outputs:
            self._stand_in(table, schema, known)

    def _stand_in(self, table: TableRef, schema: pa.Schema, known: Outlook) -> None:
        """Make the view of a table that Ray will make."""
        ref = replace(table, side="data")
        spark, view = self.ctx.engine.session(), f"{ref.view}_expected"
        self._views.append(view)
        make = partial(tables.from_arrow, spark, schema.empty_table())
        self.ctx.guarded(lambda: tables.define(spark, view, make()))
        self._known[ref] = replace(known, view=view)

    def _predicted(self, step: Apply) -> None:
        import pyarrow as pa

        from plait.data.arrow import arrow_schema

        given = self.of(step.inputs[0])
        answer = self._answer(step)
        if given is None or answer is None:
            return
        fields, certain, typed = answer
        spark = self.ctx.engine.session()
        schema = self.ctx.guarded(lambda: arrow_schema(spark.table(given.view)))
        if {name.lower() for name in schema.names} & {each.name.lower() for each in fields}:
            return  # the prediction says that the name is taken
        known = Outlook("", given.certain and certain, given.typed and typed)
        self._stand_in(step.outputs[0], pa.schema([*schema, *fields]), known)

    def _answer(self, step: Apply) -> tuple[list[pa.Field], bool, bool] | None:
        """The columns that a model will answer, and whether these and their types are certain."""
        import pyarrow as pa

        from plait.estimators.prediction import version_of

        fitted = next((s for s in self.ctx.plan.steps if s.id == step.fitted_by), None)
        if isinstance(fitted, Fit):
            if step.model_version is not None or (answer := fitted.own.answer()) is None:
                return None
            return [pa.field(answer.column, pa.float64())], answer.certain, False
        try:
            output = version_of(step, self.ctx.storage).output
        except (ModelError, DataError):  # which the check of the step says
            return None
        if output is None:
            return None
        kinds = [(name, _arrow_type(kind)) for name, kind in output]
        typed = all(kind is not None for _, kind in kinds)
        return [pa.field(name, kind or pa.float64()) for name, kind in kinds], True, typed

    # --- queries ----------------------------------------------------------------------------

    def _query(self, step: Query) -> None:
        """Let the engine analyse a query over what is known, and note what it finds."""
        known = {ref: self.of(ref) for ref in step.inputs}
        publishing = {each.id for each in self.ctx.plan.steps if each.publishes}
        views = {ref: each.view for ref, each in known.items() if each is not None}
        whole = len(views) == len(step.inputs) and not publishing.intersection(step.after)
        names = {name: views[ref] for name, ref in step.names if ref in views}
        ask = partial(analyse, self.ctx, step, names=names)
        table, self_view = step.outputs[0], f"{step.outputs[0].view}_expected"
        try:
            if whole:
                self._views.append(self_view)
                analyse(self.ctx, step, step.sql, names=names, view=self_view)
            else:
                ask(step.sql)
        except PlaitError as error:
            self._found(step, error.at(step.span), [known[r] for r in step.inputs], whole, ask)
            return
        self.read.add(table)
        if whole:
            looks = [each for each in known.values() if each is not None]
            certain, typed = all(e.certain for e in looks), all(e.typed for e in looks)
            self._known[table] = Outlook(self_view, certain, typed)

    def _found(
        self,
        step: Query,
        error: PlaitError,
        known: list[Outlook | None],
        whole: bool,
        ask: partial[None],
    ) -> None:
        if not isinstance(error, AnalysisError):
            if whole and all(each and each.certain and each.typed for each in known):
                self.errors.append(error)
            return
        self.read.add(step.outputs[0])
        if is_syntax(error):
            self.errors.append(error)
            return
        if not whole:
            return
        certain = all(each and each.certain for each in known)
        typed = all(each and each.typed for each in known)
        for each in all_wrong(step.sql, step.span, error, ask):
            if not (typed or _whatever_the_types(each, step)):
                continue
            unknown = unknown_in(each)
            if certain or (unknown is not None and unknown.kind == "function"):
                self.errors.append(each)
            elif unknown is not None:
                assert each.span is not None
                text = f"{each.message}, if the model answers what its code says"
                self.remarks.append(Remark(text, each.span))

    def close(self) -> None:
        """Remove the stand-ins."""
        for view in self._views:
            with contextlib.suppress(Exception):  # an engine may be gone
                self.ctx.engine.session().catalog.dropTempView(view)


@contextlib.contextmanager
def ahead(ctx: RunState) -> Iterator[Ahead]:
    """What can be said of the tables that no engine has before the run."""
    found = Ahead(ctx)
    late = late_tables(ctx.plan)
    try:
        if late:
            for step in ctx.plan.steps:
                found.look(step, late)
        yield found
    finally:
        found.close()


def _whatever_the_types(error: PlaitError, step: Query) -> bool:
    """Whether a name is unknown whatever types the columns have that exist."""
    unknown = unknown_in(error)
    if unknown is None:
        return False
    parts = unknown.name.split(".")
    return len(parts) == 1 or (len(parts) == 2 and parts[0] in _tables_in(step.sql))


def _tables_in(sql: str) -> set[str]:
    """The names by which a query calls its tables and no column."""
    from sqlglot import exp

    tree = parse_sql(sql)
    if tree is None:
        return set()
    columns = {each.alias.lower() for each in tree.find_all(exp.Alias)}
    return {each.alias_or_name.lower() for each in tree.find_all(exp.Table)} - columns


def _arrow_type(kind: str) -> pa.DataType | None:
    """The type that Arrow writes as `kind`; None for those with parts."""
    import pyarrow as pa

    try:
        found = pa.type_for_alias(kind)
    except ValueError:
        return None
    return None if pa.types.is_null(found) else found
