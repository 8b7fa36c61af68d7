"""Clauses that Sail does not know, rewritten: the answers and the columns are Spark's."""

from __future__ import annotations

from typing import Any

import pytest

from plait.engines.base import DataEngine
from plait.engines.sail.syntax.text import known_to_sail
from plait.errors import CapabilityError

_SHOPS = """select * from values
    (1, 'north', 10), (2, 'south', 20), (null, 'none', 30), (2, 'port', 40) t(id, name, sold)"""
_VISITS = "select * from values (1, 'p', 5), (3, 'q', 6), (2, 'r', 7) t(id, page, seen)"

# Each stands for a form; the names of its columns are compared as well.
QUERIES = (
    "select id, upper(name) u, sum(sold) s from shops group by all having sum(sold) > 5",
    "select sum(sold) s from shops group by all",
    "select id, (select max(seen) from visits) m, count(*) n from shops group by all",
    "select id, name from shops union all select id, page from visits order by all desc",
    "select * except (id, `name`) from (select * from shops) q",
    "select s.* except (sold), seen from shops s join visits v on s.id = v.id",
    "select name like any ('n%', '%t') z, not name ilike all ('N%', '%E') y from shops",
    "select name from shops where upper(name) || '!' not like some ('N%', 'S%') and sold > 5",
    "select id, name from shops qualify row_number() over (partition by id order by sold) = 1",
    "select name, rank() over (order by sold) r from shops qualify r > 1 order by name limit 2",
    "select distinct id, max(sold) over (partition by id) as m from shops qualify m > 10",
    "select sold + 1 as x, x * 2 as y, y - x as z from shops",
    "select sum(sold) as s, count(*) n, s / n as mean from shops",
    "from shops select name where id > 1",
    "with b as (from visits select *) select * from (from b select page where seen > 5)",
    "select id, sold from shops distribute by id sort by sold",
    "select name from shops cluster by name",
    "select id, count(*) c from shops group by id, name grouping sets ((id), ())",
    "select count(*) c from shops tablesample (2 rows)",
    "select * from (select id, name, sold from shops) pivot (sum(sold) for name in ('port'))",
    "select * from shops pivot (sum(sold) as t, count(*) for name in ('north' as a, 'x')) p",
    "select * from shops unpivot (v for what in (id, sold as amount)) u where u.v > 1",
    "select * from visits unpivot include nulls ((a, b) for n in ((id, seen) as p, (seen, id)"
    " as q))",
    "select s.*, v.seen from shops s left join visits v using (id)",
    "select s.name from shops s left join visits v using (id) where v.id is null",
    "select *, v.id as own from shops s left join visits v using (id)",
    "select s.id, v.id as other from shops s full join visits v using (id)",
    "select s.*, v.* from shops s natural full join visits v",
    "select a.id, count(*) c from shops a join visits b using (id) join shops c using (id)"
    " group by a.id having a.id > 1 order by a.id",
    "select name, e from shops lateral view explode(array(id, sold)) t as e"
    " where t.e > 1 and shops.id > 1",
    "with q as (select id, count(*) n from shops group by all)"
    " select /* all but n */ * except (n), n as m from q order by all",
)


def _answer(session: Any, sql: str) -> tuple[list[str], list[str]]:
    table = session.sql(sql).toArrow()
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return table.column_names, sorted(map(repr, rows))


@pytest.fixture(scope="module")
def sessions(sail: DataEngine, spark: DataEngine) -> list[Any]:
    """Sail's and Spark's session, each with the two tables."""
    found = [sail.session(), spark.session()]
    for session in found:
        session.sql(_SHOPS).createOrReplaceTempView("shops")
        session.sql(_VISITS).createOrReplaceTempView("visits")
    return found


@pytest.mark.parametrize("sql", QUERIES)
def test_the_answer_is_that_of_spark(sql: str, sessions: list[Any]) -> None:
    on_sail, on_spark = (_answer(session, sql) for session in sessions)
    assert on_sail == on_spark


REFUSED = (
    ("select id + sum(sold) s from shops group by all", "a column beside an aggregate"),
    ("select explode(array(1, 2)) as e, e + 1 as f from shops", "once, not twice"),
    ("select rand() as r, r + 1 as s from shops", "once, not twice"),
    ("select sold as x, x + 1 from shops", "has none"),
    ("select id from shops group by id qualify count(*) over () = 1", "behind GROUP BY"),
)


@pytest.mark.parametrize(("sql", "why"), REFUSED)
def test_what_cannot_be_written_otherwise_is_refused(
    sql: str, why: str, sessions: list[Any]
) -> None:
    with pytest.raises(CapabilityError, match=why):
        _ = sessions[0].sql(sql).schema


@pytest.mark.parametrize(
    "sql",
    [
        "select qualify, pivot from t where unpivot = 'group by all'",
        "select id as x, x.y, f(x -> x + 1) from t",
        "select a is not distinct from b from t group by grouping sets ((a), (b))",
        "select extract(year from d) as y from t -- order by all",
        "insert into t select * from u except select 1",
    ],
)
def test_what_sail_knows_stays_as_it_is_written(sql: str) -> None:
    def ask(query: str) -> tuple[str, ...]:
        raise AssertionError(query)

    assert known_to_sail(sql, ask) == sql
