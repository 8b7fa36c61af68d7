"""The queries of sql.mlsql, as a user of Spark writes them."""

from __future__ import annotations

import sys
from typing import Any

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
    for table in ("flights", "planes"):
        reader = spark.read.option("header", "true").option("inferSchema", "true")
        reader.csv(f"{sys.argv[1]}/{table}.csv").createOrReplaceTempView(table)
    spark.sql(DELAYS).createOrReplaceTempView("delays")
    spark.sql(SUMMARY).show(20, truncate=False)
