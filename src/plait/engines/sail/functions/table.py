"""How each function is written for Sail, as data.

A template is SQL in which `{0}` stands for the first argument. Spark's answer is the measure:
`tests/engines/differences` compares them, with nulls, empty values and extremes.
"""

from __future__ import annotations

from plait.engines.sail.functions.aggregates import extreme, percentile
from plait.engines.sail.functions.lambdas import map_zip_with, transform_map, zip_with
from plait.engines.sail.functions.model import CallRewrite, template
from plait.engines.sail.functions.shaped import (
    date_part,
    decode,
    extract,
    regexp_replace,
    split,
)

_CAPITAL = "concat(upper(substring(w, 1, 1)), substring(w, 2))"

TABLE: tuple[CallRewrite, ...] = (
    # With one argument it is not known.
    CallRewrite(("log",), template("ln({0})", 1), shown={1: "LOG(E(), {0})"}),
    CallRewrite(("string",), template("cast({0} as string)", 1), shown={1: "{0}"}),
    CallRewrite(("isnan",), template("coalesce(isnan(cast({0} as double)), false)", 1)),
    # Monday is 0; Sail counts a Sunday as -1.
    CallRewrite(("weekday",), template("((dayofweek({0}) + 5) % 7)", 1)),
    # A code beyond 255 begins again at 0, and a negative one is no character.
    CallRewrite(("chr", "char"), template("if({0} < 0, '', chr({0} & 255))", 1)),
    # Only a blank begins a word.
    CallRewrite(
        ("initcap",),
        template(f"array_join(transform(split(lower({{0}}), ' '), w -> {_CAPITAL}), ' ')", 1),
    ),
    # A half goes to the even number.
    CallRewrite(
        ("rint",),
        template(
            "if(abs(cast({0} as double) % 1D) = 0.5D, 2 * round(cast({0} as double) / 2),"
            " round(cast({0} as double)))",
            1,
        ),
    ),
    CallRewrite(
        ("timestamp_seconds",),
        template(
            "timestamp_micros(if(typeof({0}) = 'float', try_cast(cast({0} as double) * 1000000D as"
            " bigint), try_cast({0} * 1000000L as bigint)))",
            1,
        ),
    ),
    # Of a date or a text the result has no time zone.
    CallRewrite(("date_trunc",), template("date_trunc({0}, cast({1} as timestamp))", 2)),
    CallRewrite(("date_part", "datepart"), date_part),
    CallRewrite(("extract",), extract),
    # A negative length is none, Sail counts it from the other end; and its results have a type
    # that split, for one, does not take.
    CallRewrite(("left",), template("substring({0}, 1, if({1} < 0, 0, {1}))", 2)),
    CallRewrite(
        ("right",),
        template(
            "if({1} is null, cast(null as string),"
            " substring({0}, if({1} <= 0, 2147483647, -({1}))))",
            2,
        ),
    ),
    CallRewrite(("decode",), decode),
    CallRewrite(("split",), split, shown={2: "split({0}, {1}, -1)"}),
    CallRewrite(
        ("regexp_replace",), regexp_replace, shown={3: "regexp_replace({0}, {1}, {2}, 1)"}
    ),
    # A number of days or of matches is an int, not a bigint.
    CallRewrite(("datediff",), template("cast(datediff({0}, {1}) as int)", 2)),
    CallRewrite(("date_diff",), template("cast(date_diff({0}, {1}) as int)", 2)),
    CallRewrite(("regexp_count",), template("cast(regexp_count({0}, {1}) as int)", 2)),
    CallRewrite(("zip_with",), zip_with),
    CallRewrite(("transform_keys",), transform_map("map_from_arrays({body}, map_values({0}))")),
    CallRewrite(("transform_values",), transform_map("map_from_arrays(map_keys({0}), {body})")),
    CallRewrite(("map_zip_with",), map_zip_with),
    CallRewrite(
        ("approx_percentile", "percentile_approx"),
        percentile,
        aggregate=True,
        shown={2: "{function}({0}, {1}, 10000)"},
    ),
    CallRewrite(("max",), extreme("max"), aggregate=True),
    CallRewrite(("min",), extreme("min"), aggregate=True),
)
