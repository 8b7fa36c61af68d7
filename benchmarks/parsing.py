"""Parse and plan a script of 10,000 statements."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

from benchmarks.measure import Row, in_turns, python, send_report

STATEMENTS = 10_000
_JOIN = """select r.carrier, count(*) as n, avg(r.dep_delay) as d from {raw} r
left join {before} q on q.id = r.id and q.x = 'a;b' where r.month < {month} group by r.carrier"""
_WITH = """with late as (select * from {raw} where dep_delay > 15),
best as (select carrier, max(d) as d from (select carrier, day, avg(dep_delay) as d from late
group by carrier, day) group by carrier)
select b.*, q.x from best b join {before} q using (carrier) where b.d > {month}"""


def script(statements: int = STATEMENTS) -> str:
    """Loads, variables, joins and saves, in the mixture of a long real script."""
    lines = []
    for number in range(statements // 5):
        query = _WITH if number % 10 == 0 else _JOIN
        before = max(0, number - 1)
        lines += [
            f'set name_{number} = "value {number}";',
            f'load csv.`in/${{name_{number}}}.csv` where header="true" and sep=";" '
            f"as raw_{number};",
            query.format(raw=f"raw_{number}", before=f"raw_{before}", month=number % 12)
            + f" as grouped_{number};",
            "-- the same again, by the name of the variable\n"
            f"select *, '${{name_{number}}}' as label from grouped_{number} as named_{number};",
            f"save overwrite named_{number} as parquet.`out/{number}` partitionBy label;",
        ]
    return "\n".join(lines) + "\n"


def rows(data: Path, repeats: int) -> list[Row]:  # noqa: ARG001
    """One row: the best of each fresh process, the median of them."""
    from statistics import median

    times = in_turns(
        {"parse and plan": python("-m", "benchmarks.parsing")},
        max(3, repeats // 2),
        Path(__file__).parents[1],
    )
    found = [timed.report for timed in times["parse and plan"]]
    value = median(found)
    return [
        Row(
            f"parse and plan {STATEMENTS:,} statements",
            f"{value:.2f} s",
            "< 1 s",
            value < 1,
            {"parse and plan": found},
        )
    ]


def main() -> None:
    """Measured in a process of its own: once, as a user meets it."""
    from plait.lang.parser import parse
    from plait.plan.planner import plan
    from plait.plan.scope import Scope

    text = script()
    parse("select 1 as a as t;", "warm.mlsql", {})  # imports are not what is measured
    plan(parse("select a from b as t;", "warm.mlsql", {}).statements[:0], Scope())
    gc.collect()
    started = time.perf_counter()
    made = plan(parse(text, "long.mlsql", {}).statements, Scope())
    send_report(time.perf_counter() - started)
    if len(made.steps) < STATEMENTS // 2:
        sys.exit(f"only {len(made.steps)} steps")


if __name__ == "__main__":
    main()
