"""The plan as text, JSON and a Mermaid graph: the same steps that a run executes."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from plait.plan.steps import (
    Apply,
    Exchange,
    Execute,
    Fit,
    Materialize,
    Plan,
    Preview,
    Query,
    Read,
    SetConf,
    Show,
    Step,
    TableRef,
    Write,
    engine_of,
    kind,
)


def label(step: Step) -> str:
    """What a step does, in a few words; also its title in a run's events."""
    match step:
        case SetConf():
            return f"{step.key} = {step.value}"
        case Read():
            return f"{step.source} → {step.outputs[0].name}"
        case Query():
            return f"{_short(step.sql)} → {step.outputs[0].name}"
        case Execute():
            return _short(step.sql)
        case Materialize():
            return f"{step.inputs[0].name}, read by {step.consumers}"
        case Exchange():
            return f"{step.inputs[0].name} to {'Ray' if step.to == 'ray' else 'the data engine'}"
        case Fit():
            groups = len(step.groups)
            return f"{step.estimator} {step.path}, {groups} group{'s' if groups > 1 else ''}"
        case Apply():
            version = "latest" if step.model_version is None else f"version {step.model_version}"
            return f"{step.estimator} {step.path}, {version} → {step.outputs[0].name}"
        case Write():
            return f"{step.inputs[0].name} → {step.mode} {step.target}"
        case Show():
            return f"{step.what} {step.path or ''}".strip()
        case Preview():
            return f"first {step.rows} rows of {step.inputs[0].name}"


def _short(sql: str, width: int = 60) -> str:
    flat = " ".join(sql.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def late_tables(plan: Plan) -> frozenset[TableRef]:
    """Tables whose schema is known only after a step has run.

    These come from Ray, or read what an earlier step of the same script writes.
    """
    late: set[TableRef] = set()
    writes = {step.id for step in plan.steps if isinstance(step, (Write, Fit))}
    for step in plan.steps:
        match step:
            case Exchange(to="data"):
                late.update(step.outputs)
            case Read() | Query():
                if late.intersection(step.inputs) or writes.intersection(step.after):
                    late.update(step.outputs)
            case _:
                pass
    return frozenset(late)


def as_text(plan: Plan, engine: str, notes: Collection[str] = ()) -> str:
    """The plan for people: one step a line, with inputs, resources and waits below."""
    late = late_tables(plan)
    lines = [f"data engine: {engine}", *(f"note: {note}" for note in notes), ""]
    width = max((len(_engine(step, engine)) for step in plan.steps), default=0)
    for step in plan.steps:
        head = f"{step.id:>4}  {_engine(step, engine):<{width}}  {kind(step):<11}  {label(step)}"
        lines.append(head)
        lines.extend(f"{'':{width + 21}}{detail}" for detail in _details(step, late))
    return "\n".join(lines)


def _engine(step: Step, engine: str) -> str:
    return engine_of(step).replace("data", engine)


def _details(step: Step, late: frozenset[TableRef]) -> list[str]:
    details: list[str] = []
    if step.inputs and not isinstance(step, (Materialize, Exchange)):
        details.append("reads " + ", ".join(str(ref) for ref in step.inputs))
    match step:
        case Exchange():
            how = "client or direct" if step.method == "auto" else step.method
            details.append(f"{step.inputs[0]} → {step.outputs[0]} by {how}: {step.why}")
            if step.expected:
                details.append(f"expected: {step.expected}")
        case Fit():
            details.append(f"each group: {step.resources}; environment: {_environment(step)}")
            if step.metric is not None:
                details.append(f"best group: {step.metric.mode} {step.metric.name}")
        case Apply():
            details.append(f"each task: {step.resources}")
        case _:
            pass
    if any(ref in late for ref in step.outputs):
        details.append("its columns are known only when the steps before it have run")
    if step.after:
        details.append("after " + ", ".join(f"step {i}" for i in step.after))
    return details


def _environment(step: Fit) -> str:
    environment = step.environment
    return "plait's own" if environment is None else environment.name


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
        "kind": kind(step),
        "label": label(step),
        "engine": _engine(step, engine),
        "line": step.span.line,
        "inputs": [str(ref) for ref in step.inputs],
        "outputs": [str(ref) for ref in step.outputs],
        "after": list(step.after),
    }
    match step:
        case Fit() | Apply():
            data["resources"] = str(step.resources)
        case Exchange():
            data["method"], data["why"] = step.method, step.why
            data["expected"] = step.expected
        case _:
            pass
    if any(ref in late for ref in step.outputs):
        data["schema"] = "known after a step has run"
    return data


def as_json(plan: Plan, engine: str, notes: Collection[str] = ()) -> str:
    """The plan as JSON text."""
    return json.dumps(as_data(plan, engine, notes), indent=2, ensure_ascii=False)


def as_mermaid(plan: Plan, engine: str) -> str:
    """The plan as a Mermaid flowchart; crossings between the engines are drawn thick."""
    lines = ["flowchart TD"]
    producers: dict[TableRef, int] = {}
    for step in plan.steps:
        text = f"{step.id} {kind(step)} [{_engine(step, engine)}]<br/>{label(step)}"
        lines.append(f'  s{step.id}["{_escaped(text)}"]')
        arrow = "==>" if isinstance(step, Exchange) else "-->"
        sources = {producers[ref] for ref in step.inputs if ref in producers}
        lines.extend(f"  s{source} {arrow} s{step.id}" for source in sorted(sources))
        lines.extend(f"  s{i} -.-> s{step.id}" for i in step.after if i not in sources)
        producers.update(dict.fromkeys(step.outputs, step.id))
    return "\n".join(lines)


def _escaped(text: str) -> str:
    kept = text.replace("<br/>", "\0")
    kept = kept.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return kept.replace("\0", "<br/>")
