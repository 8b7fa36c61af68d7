"""Differences that a user runs on Sail knowingly: `accept` in the settings and in a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from plait.engines.sail.differences import DIFFERENCES, Difference
from plait.errors import Span, UsageError, suggestion
from plait.plan.steps import Plan, SetConf, Step
from plait.settings import ACCEPT, Settings, names_in


@dataclass(slots=True)
class Accepted:
    """What a run has accepted and meets: name → a sentence for its report."""

    met: dict[str, str] = field(default_factory=dict)

    def meet(self, row: Difference, span: Span) -> None:
        """Note that a statement has an accepted difference."""
        self.met.setdefault(
            row.id, f"accepted: {row.id}, line {span.line}; Sail is not as Spark: {row.what}"
        )


def steps_with_accepted(plan: Plan, settings: Settings) -> Iterator[tuple[Step, frozenset[str]]]:
    """Each step with the names of what is accepted where it stands.

    Raises UsageError for a name that is no difference, or none that can be accepted.
    """
    names = _checked(settings.accept, None)
    for step in plan.steps:
        if isinstance(step, SetConf) and step.key.lower() == ACCEPT:
            names |= _checked(names_in(step.value), step.span)
        yield step, names


def check_accepted(plan: Plan, settings: Settings) -> None:
    """Raise UsageError for a name that is no difference, or none that can be accepted."""
    for _ in steps_with_accepted(plan, settings):
        pass


def can_be_accepted(row: Difference) -> bool:
    """Whether Sail answers at all, and a query shows or hints that it has the difference."""
    return row.severity != "refused" and row.policy != "rewrite" and row.detect is not None


def _checked(names: tuple[str, ...], span: Span | None) -> frozenset[str]:
    known = {row.id: row for row in DIFFERENCES}
    for name in names:
        if name not in known:
            near = suggestion(name, [row.id for row in DIFFERENCES if can_be_accepted(row)])
            raise UsageError(
                f"accept: there is no difference '{name}'",
                span=span,
                hint=f"{near} (docs/differences.md has all names)",
            )
        if not can_be_accepted(row := known[name]):
            raise UsageError(
                f"accept: '{name}' cannot be accepted: {_why_not(row)}", span=span, hint=row.what
            )
    return frozenset(names)


def _why_not(row: Difference) -> str:
    if row.policy == "rewrite":
        return "plait repairs it, Sail answers as Spark does"
    if row.severity == "refused":
        return "Sail refuses it, there is no answer to accept"
    return "plait does not run it on Sail"
