"""What was measured of the exchange, as a part of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.__main__ import PAGE, table
from benchmarks.exchange_data import TABLES
from benchmarks.measure import Row

START = "<!-- exchange: from here on written by `make bench-exchange` -->"
END = "<!-- exchange: up to here -->"
NAMES = {"sail": "Sail", "spark": "Spark local", "standalone": "Spark standalone"}
METHODS = {
    "nothing": "limit: `mapInArrow` that counts",
    "sink": "limit: `mapInArrow` into a bare Flight server",
    "direct": "**plait direct**",
    "direct socket": "plait direct, by socket as between machines",
    "direct first": "plait direct, into memory that Ray's store never used",
    "client": "plait client",
    "lake": "plait lake",
    "put": "`toArrow` + `ray.put` in plait's session (not compressed)",
    "put bare": "`toArrow` + `ray.put`, Sail as it comes",
    "ray.data": "Parquet + `ray.data.read_parquet`",
    "raydp": "RayDP (Spark 3.5)",
    "back direct": "back: **plait direct**",
    "back create": "back: `createDataFrame`",
    "back parquet": "back: Parquet by Ray tasks",
}
PEERS = {
    "sail": ("put bare", "ray.data"),
    "spark": ("put", "ray.data", "raydp"),
    "standalone": ("put", "ray.data", "raydp"),
}
_GROWTH_LIMIT = 200e6
_BARS = ("nothing", "sink", "direct", "direct socket", "client", "lake", "put", "ray.data")
_LARGE_GIGABYTES = 4


@dataclass(slots=True)
class Found:
    """What is recorded of one measure."""

    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)
    bytes: int = 0
    failed: str = ""

    @property
    def rate(self) -> float | None:
        """10^6 bytes of Arrow a second, the median."""
        return median(self.rates) if self.rates else None


Measured = Mapping[str, Found]


def collected(records: Iterable[Mapping[str, Any]]) -> Measured:
    """The records by key."""
    found: dict[str, Found] = {}
    for record in records:
        of = found.setdefault(record["key"], Found())
        if "failed" in record:
            of.failed = record["failed"]
        if "seconds" in record:
            of.bytes = record["bytes"]
            of.seconds.append(record["seconds"])
            of.rates.append(record["bytes"] / 1e6 / record["seconds"])
        if "grown" in record:
            of.grown.append(record["grown"])
    return found


def generated(records: Sequence[Mapping[str, Any]]) -> str:
    """The part between the marks."""
    measured = collected(records)
    facts = [line for record in records for line in record.get("lines", ())]
    parts = [
        "\n".join(f"- {line}" for line in facts),
        table(goals(measured)),
        "### MB/s",
        rates(measured),
        *(chart(engine, measured) for engine in _engines(measured)),
        "### How it grows",
        "Doubles, MB/s. One thing is varied at a time.",
        grows(measured),
        *(lines_chart(engine, measured) for engine in _engines(measured)),
        "### Every measurement of the exchange",
        details(measured),
    ]
    return "\n\n".join(part for part in parts if part)


def keep(text: str) -> None:
    """Put it between the marks of the page."""
    page = PAGE.read_text("utf-8")
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise SystemExit(f"{PAGE} has lost its marks {START} {END}")
    PAGE.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", "utf-8")


def goals(measured: Measured) -> list[Row]:
    """A row for each goal of each engine and table."""
    rows = []
    for engine in _engines(measured):
        for name in TABLES:
            rows += _goals_of(engine, name, measured)
        for key in (
            f"{engine}/doubles/direct",
            f"{engine}/doubles/direct size={_LARGE_GIGABYTES}",
        ):
            found = _of(measured, key)
            if grown := found.grown:
                size = found.bytes / 1e9
                rows.append(
                    Row(
                        f"{NAMES[engine]}, doubles: growth of this process, {size:.2g} GB direct",
                        f"{max(grown) / 1e6:.0f} MB",
                        "< 200 MB",
                        max(grown) < _GROWTH_LIMIT,
                    )
                )
    return rows


def _goals_of(engine: str, name: str, measured: Measured) -> list[Row]:
    def rate(method: str) -> float | None:
        return _of(measured, f"{'raydp' if method == 'raydp' else engine}/{name}/{method}").rate

    label = f"{NAMES[engine]}, {name}"
    direct, sink, rows = rate("direct"), rate("sink"), []
    if direct and sink:
        share = direct / sink
        row = Row(f"{label}: direct over the bare Flight server", f"{share:.0%}", "≥ 90 %",
                  share >= 0.9)  # fmt: skip
        rows.append(row)
        if socket := rate("direct socket"):
            what = f"{label}: direct by socket over the bare Flight server"
            rows.append(Row(what, f"{socket / sink:.0%}", "", None))
    peers = {method: found for method in PEERS[engine] if (found := rate(method))}
    if direct and peers:
        best = max(peers, key=lambda method: peers[method])
        times, least = direct / peers[best], 3.0 if engine == "sail" else 1.0
        goal, met = ("≥ 3 ×", times >= 3) if least > 1 else ("> 1 ×", times > 1)
        what = f"{label}: direct over the best other method, {METHODS[best]}"
        rows.append(Row(what, f"{times:.1f} ×", goal, met))
    if engine == "sail" and direct and (put := rate("put")):
        rows.append(
            Row(f"{label}: direct over {METHODS['put']}", f"{direct / put:.1f} ×", "", None)
        )
    back, create = rate("back direct"), rate("back create")
    if back and create:
        size = _of(measured, f"{engine}/{name}/back create").bytes / 1e6
        what = f"{label}: back, direct over `createDataFrame` (of {size:.0f} MB)"
        rows.append(Row(what, f"{back / create:.1f} ×", "≥ 5 ×", back >= 5 * create))
    return rows


def rates(measured: Measured) -> str:
    """Methods × engines and tables."""
    columns = [(e, t) for e in _engines(measured) for t in TABLES if _any(measured, f"{e}/{t}/")]
    head = " | ".join(f"{NAMES[e]}, {t}" for e, t in columns)
    lines = [f"| method | {head} |", f"|---|{'---:|' * len(columns)}"]
    for method, shown in METHODS.items():
        cells = []
        for engine, name in columns:
            key = f"{'raydp' if method == 'raydp' else engine}/{name}/{method}"
            of = _of(measured, key) if method != "raydp" or engine != "sail" else Found()
            cells.append(f"{of.rate:.0f}" if of.rate else "failed" if of.failed else "")
        if any(cells):
            lines.append(f"| {shown} | {' | '.join(cells)} |")
    failures = [f"- {key} failed: {of.failed}" for key, of in measured.items() if of.failed]
    return "\n".join(lines + (["", *failures] if failures else []))


def chart(engine: str, measured: Measured) -> str:
    """Bars: the rates of one engine to Ray, doubles."""
    bars = {
        method: r for method in _BARS if (r := _of(measured, f"{engine}/doubles/{method}").rate)
    }
    if not bars:
        return ""
    short = {
        "nothing": "count",
        "direct socket": "by socket",
        "sink": "bare Flight",
        "put": "toArrow+put",
    }
    axis = ", ".join(f'"{short.get(method, method)}"' for method in bars)
    values = ", ".join(f"{value:.0f}" for value in bars.values())
    return (
        f'```mermaid\nxychart-beta\n  title "{NAMES[engine]} to Ray, doubles, MB/s"\n'
        f'  x-axis [{axis}]\n  y-axis "MB/s" 0 --> {_ceiling(bars.values())}\n'
        f"  bar [{values}]\n```"
    )


def grows(measured: Measured) -> str:
    """A line for each number of partitions, receivers and gigabytes."""
    engines = _engines(measured)
    steps = sorted(
        {key.split(" ")[-1] for key in measured if "=" in key},
        key=lambda step: (step.split("=")[0], float(step.split("=")[1])),
    )
    engines = [
        e for e in engines if any(key.startswith(f"{e}/") and "=" in key for key in measured)
    ]
    if not steps:
        return ""
    titles = [
        f"{NAMES[e]}, {what}" for e in engines for what in ("bare Flight", "direct", "grown")
    ]
    lines = [f"| | {' | '.join(titles)} |", f"|---|{'---:|' * len(titles)}"]
    for step in steps:
        cells = []
        for engine in engines:
            of = [_of(measured, f"{engine}/doubles/{w} {step}") for w in ("sink", "direct")]
            cells += [f"{found.rate:.0f}" if found.rate else "" for found in of]
            cells.append(f"{max(of[1].grown) / 1e6:.0f} MB" if of[1].grown else "")
        what, _, amount = step.partition("=")
        shown = f"{amount} GB" if what == "size" else f"{what}: {amount}"
        lines.append(f"| {shown} | {' | '.join(cells)} |")
    return "\n".join(lines)


def lines_chart(engine: str, measured: Measured) -> str:
    """Two lines over the sizes: the bare Flight server, and direct."""
    prefix = f"{engine}/doubles/direct size="
    sizes = sorted(
        (key.removeprefix(prefix) for key in measured if key.startswith(prefix)), key=float
    )
    both = [
        [_of(measured, f"{engine}/doubles/{method} size={size}").rate for size in sizes]
        for method in ("sink", "direct")
    ]
    if not sizes or not all(rate for line in both for rate in line):
        return ""
    known = [[rate or 0.0 for rate in line] for line in both]
    lines = "\n".join(f"  line [{', '.join(f'{rate:.0f}' for rate in line)}]" for line in known)
    axis = ", ".join(f'"{size} GB"' for size in sizes)
    title = f"{NAMES[engine]}, doubles by size: bare Flight first, direct second"
    return (
        f'```mermaid\nxychart-beta\n  title "{title}"\n  x-axis [{axis}]\n'
        f'  y-axis "MB/s" 0 --> {_ceiling(rate for line in known for rate in line)}\n{lines}\n```'
    )


def details(measured: Measured) -> str:
    """The single measurements."""
    lines = ["| of | MB | median s | each |", "|---|---:|---:|---|"]
    for key, of in measured.items():
        if of.seconds:
            each = " ".join(f"{seconds:.2f}" for seconds in of.seconds)
            size = f"{of.bytes / 1e6:.0f}"
            lines.append(f"| {key} | {size} | {median(of.seconds):.2f} | {each} |")
    return "\n".join(lines)


def _of(measured: Measured, key: str) -> Found:
    return measured.get(key, Found())


def _engines(measured: Measured) -> list[str]:
    return [engine for engine in NAMES if _any(measured, f"{engine}/")]


def _any(measured: Measured, prefix: str) -> bool:
    return any(key.startswith(prefix) for key in measured)


def _ceiling(values: Iterable[float]) -> int:
    return 100 * -(-int(max(values)) // 100) + 100
