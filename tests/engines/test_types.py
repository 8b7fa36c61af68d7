"""Types by Spark's rules, and the casts that go into a query: without an engine."""

from __future__ import annotations

import pytest
from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType, DecimalType

from plait.engines.sail.typed import kinds
from plait.engines.sail.typed.repair import Fitted, fitted
from plait.engines.sail.typed.scopes import Columns

ORDERS: Columns = (
    ("price", DecimalType(7, 2)),
    ("pieces", T.IntegerType()),
    ("weight", T.DoubleType()),
    ("share", T.FloatType()),
    ("note", T.StringType()),
    ("day", T.DateType()),
    ("parts", T.ArrayType(DecimalType(5, 1))),
    ("box", T.StructType([T.StructField("height", DecimalType(9, 3))])),
)
RATES: Columns = (("rate", DecimalType(12, 4)), ("pieces", T.LongType()))
TABLES = {"`orders`": ORDERS, "`rates`": RATES}


def fit(sql: str) -> Fitted:
    return fitted(sql, TABLES.get, lambda _: None)


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        ((5, 2), "+", (7, 3), (8, 3)),
        ((38, 10), "-", (5, 2), (38, 9)),
        ((5, 2), "*", (5, 2), (11, 4)),
        ((38, 18), "*", (38, 18), (38, 6)),
        ((5, 2), "/", (5, 2), (13, 8)),
        ((17, 2), "/", (27, 2), (38, 21)),
        ((38, 10), "/", (38, 10), (38, 6)),
        ((9, 4), "%", (5, 2), (7, 4)),
    ],
)
def test_arithmetic_of_decimals(
    left: tuple[int, int], operator: str, right: tuple[int, int], result: tuple[int, int]
) -> None:
    found = kinds.arithmetic(operator, DecimalType(*left), DecimalType(*right))
    assert found == DecimalType(*result)


@pytest.mark.parametrize(
    ("together", "result"),
    [
        (("int", "bigint"), "bigint"),
        (("int", "void"), "int"),
        (("decimal(5,2)", "int"), "decimal(12,2)"),
        (("decimal(5,2)", "decimal(38,10)"), "decimal(38,10)"),
        (("decimal(30,0)", "decimal(20,15)"), "decimal(38,15)"),
        (("decimal(5,2)", "float"), "double"),
        (("int", "float"), "double"),
        (("float", "float"), "float"),
        (("smallint", "string"), "bigint"),
        (("string", "decimal(5,2)"), "double"),
        (("date", "timestamp"), "timestamp"),
        (("string", "date"), "date"),
        (("array<int>", "array<double>"), "array<double>"),
        (("int", "date"), None),
        (("boolean", "int"), None),
    ],
)
def test_the_type_that_fits_all(together: tuple[str, ...], result: str | None) -> None:
    found = kinds.common([named(name) for name in together])
    assert (None if found is None else found.simpleString()) == result


def named(name: str) -> DataType:
    from sqlglot import exp

    if name == "void":
        return T.NullType()
    kind = kinds.written(exp.DataType.build(name, dialect="spark"))
    assert kind is not None
    return kind


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        (
            "select price / pieces q from orders",
            "select cast(cast(price as decimal(15,10)) / pieces as decimal(18,13)) q from orders",
        ),
        (
            "select price / 3 from orders",
            "select cast(cast(price as decimal(8,3)) / 3 as decimal(11,6)) as `(price / 3)` "
            "from orders",
        ),
        (
            "select avg(distinct o.price) m from orders o -- avg(price)",
            "select cast(avg(distinct cast(o.price as decimal(8,3))) as decimal(11,6)) m "
            "from orders o -- avg(price)",
        ),
        (
            "select case when pieces > 1 then price else 0 end v from orders",
            "select case when pieces > 1 then cast(price as decimal(12,2)) "
            "else cast(0 as decimal(12,2)) end v from orders",
        ),
        (
            "with r as (select sum(rate) s from rates) select box.height / s q from r, orders",
            "with r as (select sum(rate) s from rates) select cast(cast(box.height as "
            "decimal(29,23)) / s as decimal(36,26)) q from r, orders",
        ),
        (
            "select * from rates union all select price, pieces from orders order by 1",
            "select * from rates union all select cast(price as decimal(12,4)) as `price`, "
            "cast(pieces as bigint) as `pieces` from orders order by 1",
        ),
        (
            "select rate, 1d x from rates union all (select * from rates)",
            "select rate, 1d x from rates union all (select `rate`, cast(`pieces` as double) as "
            "`pieces` from (select * from rates))",
        ),
        (
            "select transform(parts, p -> p / 2) t, share * 2 d from orders",
            "select transform(parts, p -> cast(cast(p as decimal(7,3)) / 2 as decimal(10,6))) t, "
            "cast(share as double) * 2 d from orders",
        ),
        ("select -2147483648 z, 3 -2147483648 y",
         "select cast(-2147483648 as int) z, 3 -2147483648 y"),
    ],
)  # fmt: skip
def test_casts_go_into_the_text(sql: str, made: str) -> None:
    assert fit(sql) == Fitted(made)


@pytest.mark.parametrize(
    "sql",
    [
        "select weight / 2 a, pieces * 3 b, pieces / 2 c, price + price d from orders",
        "select sum(price) s, max(price) m, count(*) c from orders group by note",
        "select case when note is null then 'x' else note end n from orders",
        "select coalesce(price, price) p, if(pieces > 1, 1, null) i from orders",
        "select note, pieces from orders union all select note, pieces from orders",
    ],
)
def test_what_is_the_same_stays_as_it_is(sql: str) -> None:
    assert fit(sql) == Fitted(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from orders where note = '1 / 2' -- 3 * 4",
        "select o.*, count(*) over (partition by note) c from orders o where day >= '2024-01-07'",
        "select note, max(price) m from orders group by note order by m desc",
    ],
)
def test_a_query_to_which_no_types_matter_costs_nothing(sql: str) -> None:
    def asked(name: str) -> Columns:
        raise AssertionError(name)

    assert fitted(sql, asked, lambda _: None) == Fitted(sql)


@pytest.mark.parametrize(
    ("sql", "about"),
    [
        ("select 2147483647 + 1 z", "overflows int"),
        ("select nullif(note, price) z from orders", "nullif of a text"),
        ("select pieces + 1 = day z from orders", "Spark refuses"),
        ("select greatest(note, 1) z from orders", "Spark refuses"),
        ("select price / cast(rate as decimal(38,18)) z from orders, rates", "divided by"),
    ],
)
def test_what_no_cast_mends(sql: str, about: str) -> None:
    found = fit(sql)
    assert found.sql == sql or found.wrong
    assert about in "; ".join(found.wrong)


def test_a_type_that_nobody_knows_is_told() -> None:
    assert fit("select a_function(note) / 2 z from orders").unsure
    known = fitted("select a_function(note) / 2 z from orders", TABLES.get, lambda _: T.LongType())
    assert not known.unsure


def test_a_wrong_name_is_left_to_the_engine() -> None:
    for sql in ("select price / 3, nothing from orders", "select a / 2 from nowhere"):
        assert fit(sql) == Fitted(sql)
