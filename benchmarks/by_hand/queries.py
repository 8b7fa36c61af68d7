"""The SQL of the SQL-only script, and how a user of Spark runs it: `PROGRAM DATA FORMAT`."""

from __future__ import annotations

import sys
from typing import Any

TABLES = ("flights", "planes")
DELAYS = """
select p.manufacturer, f.month, count(*) as n, avg(f.arr_delay) as delay
from flights f join planes p on p.tailnum = f.tailnum
group by p.manufacturer, f.month
"""
SUMMARY = """
select manufacturer, sum(n) as flights, round(max(delay), 2) as worst_month
from delays group by manufacturer having sum(n) > 1000
order by flights desc
"""


def answer(spark: Any) -> None:
    """Read, query and print."""
    data, format = sys.argv[1:]
    for table in TABLES:
        reader = spark.read.format(format)
        if format == "csv":
            reader = reader.option("header", "true").option("inferSchema", "true")
        reader.load(f"{data}/{table}.{format}").createOrReplaceTempView(table)
    spark.sql(DELAYS).createOrReplaceTempView("delays")
    spark.sql(SUMMARY).show(20, truncate=False)
