"""The plan as text, JSON and a Mermaid graph: the same steps that a run executes."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from plait.plan.steps import Plan, Step, TableRef


def late_tables(plan: Plan) -> frozenset[TableRef]:
    """Tables whose schema is known only after a step has run.

    These come from Ray, or read what an earlier step of the same script writes.
    """
    late: set[TableRef] = set()
    publishing = {step.id for step in plan.steps if step.publishes}
    for step in plan.steps:
        waits = late.intersection(step.inputs) or publishing.intersection(step.after)
        if step.engine == "ray → data" or (step.lazy and waits):
            late.update(step.outputs)
    return frozenset(late)


def as_text(plan: Plan, engine: str, notes: Collection[str] = ()) -> str:
    """The plan for people: one step a line, with inputs, resources and waits below."""
    late = late_tables(plan)
    lines = [f"data engine: {engine}", *(f"note: {note}" for note in notes), ""]
    width = max((len(_engine(step, engine)) for step in plan.steps), default=0)
    for step in plan.steps:
        head = f"{step.id:>4}  {_engine(step, engine):<{width}}  {step.kind:<11}  {step.label}"
        lines.append(head)
        lines.extend(f"{'':{width + 21}}{detail}" for detail in _details(step, late))
    return "\n".join(lines)


def _engine(step: Step, engine: str) -> str:
    return step.engine.replace("data", engine)


def _details(step: Step, late: frozenset[TableRef]) -> list[str]:
    details = list(step.details)
    if any(ref in late for ref in step.outputs):
        details.append("its columns are known only when the steps before it have run")
    if step.after:
        details.append("after " + ", ".join(f"step {i}" for i in step.after))
    return details


def as_data(plan: Plan, engine: str, notes: Collection[str] = ()) -> dict[str, Any]:
    """The plan as plain data, for JSON."""
    late = late_tables(plan)
    return {
        "engine": engine,
        "notes": list(notes),
        "steps": [_step_data(step, engine, late) for step in plan.steps],
    }


def _step_data(step: Step, engine: str, late: frozenset[TableRef]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": step.id,
        "kind": step.kind,
        "label": step.label,
        "engine": _engine(step, engine),
        "line": step.span.line,
        "inputs": [str(ref) for ref in step.inputs],
        "outputs": [str(ref) for ref in step.outputs],
        "after": list(step.after),
    }
    data.update(step.facts)
    if any(ref in late for ref in step.outputs):
        data["schema"] = "known after a step has run"
    return data


def as_json(plan: Plan, engine: str, notes: Collection[str] = ()) -> str:
    """The plan as JSON text."""
    return json.dumps(as_data(plan, engine, notes), indent=2, ensure_ascii=False)


def as_mermaid(plan: Plan, engine: str) -> str:
    """The plan as a Mermaid flowchart; transfers between the engines are drawn thick."""
    lines = ["flowchart TD"]
    producers: dict[TableRef, int] = {}
    for step in plan.steps:
        text = f"{step.id} {step.kind} [{_engine(step, engine)}]<br/>{step.label}"
        lines.append(f'  s{step.id}["{_escaped(text)}"]')
        arrow = "==>" if "→" in step.engine else "-->"
        sources = {producers[ref] for ref in step.inputs if ref in producers}
        lines.extend(f"  s{source} {arrow} s{step.id}" for source in sorted(sources))
        lines.extend(f"  s{i} -.-> s{step.id}" for i in step.after if i not in sources)
        producers.update(dict.fromkeys(step.outputs, step.id))
    return "\n".join(lines)


def _escaped(text: str) -> str:
    kept = text.replace("<br/>", "\0")
    kept = kept.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return kept.replace("\0", "<br/>")
