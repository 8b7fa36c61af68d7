"""`plait init`: a small project that runs as it is made."""

from __future__ import annotations

from pathlib import Path

from plait.errors import UsageError

_SETTINGS = """\
# The settings of this project; `plait run` reads them in the folder that it is started in.
lake = "lake"         # the folder in which `save … as hive.` keeps tables
engine = "auto"       # Sail, and Spark where a script needs it

# What another place has otherwise; `plait run --profile cluster report.mlsql` takes it.
# [profiles.cluster]
# lake = "hdfs://namenode:8020/lake"
# spark.master = "yarn"
# ray.address = "ray-head:6379"
"""
_SCRIPT = """\
-- What was sold, by month. Run it: plait run report.mlsql
-- Another file: plait run report.mlsql --var orders=path/to/orders.csv
set orders = "data/orders.csv" where type="defaultParam";

load csv.`${orders}` where header="true" and inferSchema="true" as orders;

select date_trunc('month', cast(day as timestamp)) as month,
       count(*) as orders,
       round(sum(pieces * price), 2) as revenue
from orders
group by date_trunc('month', cast(day as timestamp))
order by month
as revenue;

create database if not exists shop;
save overwrite revenue as hive.`shop.revenue`;

select date_format(month, 'yyyy-MM') as month, orders, revenue
from revenue
order by month
as report;
"""
_DATA = """\
day,customer,product,pieces,price
2025-01-03,ann,tea,2,4.50
2025-01-09,bob,coffee,1,7.20
2025-01-31,ann,coffee,3,7.20
2025-02-02,cem,tea,1,4.50
2025-02-14,dora,tea,12,4.10
2025-02-27,bob,cup,2,9.00
2025-03-05,cem,coffee,1,7.40
2025-03-18,dora,cup,4,8.50
"""
_TEST = '''\
"""Run it with pytest, in the folder of plait.toml."""

from pathlib import Path

import plait
import pytest

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    with plait.connect(tmp_path_factory.mktemp("lake")) as opened:
        yield opened


def test_revenue_counts_pieces(session, tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("day,customer,product,pieces,price\\n2025-05-01,eve,tea,3,2.50\\n")
    script = (PROJECT / "report.mlsql").read_text()
    report = session.run(script, variables={"orders": orders}).last.to_pandas()
    assert report.to_dict("records") == [{"month": "2025-05", "orders": 1, "revenue": 7.5}]
'''
_FILES = {
    "plait.toml": _SETTINGS,
    "report.mlsql": _SCRIPT,
    "data/orders.csv": _DATA,
    "tests/test_report.py": _TEST,
    ".gitignore": "lake/\n__pycache__/\n",
}


def make_project(folder: Path) -> list[str]:
    """Write the files of a project; what to do next, in lines.

    Raises UsageError when one of the files is there already, or cannot be written.
    """
    there = [name for name in _FILES if (folder / name).exists()]
    if there:
        raise UsageError(
            f"'{folder}' has {', '.join(there)} already",
            hint="choose another folder: plait init my-project",
        )
    try:
        for name, text in _FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"'{folder}' cannot be written: {problem.strerror or problem}") from None
    enter = [] if folder.resolve() == Path.cwd() else [f"  cd {folder}"]
    return [*(f"made {folder / name}" for name in _FILES), "now:", *enter,
            "  plait run report.mlsql", "  python -m pytest    (pip install pytest)"]  # fmt: skip
