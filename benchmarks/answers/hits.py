"""Rows for ClickBench's table `hits`: its columns, as far as its queries name them.

They are made up so that every query has an answer: half of the rows belong to one counter,
some values that the queries ask for are frequent, and text has all of its letters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_ROWS_PER_GB = 3_000_000
_FIRST_SECOND = 1_372_636_800  # 2013-07-01
_SECONDS = 31 * 86_400
_SEED = 43


def write_hits(folder: Path, scale: float) -> None:
    """Write `hits.parquet`. scale: in GB before compression; below 0.1 it is taken as 0.1, as
    some of the queries ask for groups of more than 100,000 rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    columns = _columns(int(max(scale, 0.1) * _ROWS_PER_GB))
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    parquet.write_table(table, folder / "hits.parquet")


def _columns(rows: int) -> dict[str, Any]:
    import numpy as np

    random = np.random.default_rng(_SEED)

    def numbers(most: int, kind: str = "int16", first: int = 0) -> Any:
        """Whole numbers from `first` on, small ones far more often than large ones."""
        return (first + most * random.random(rows) ** 3).astype(kind)

    def some(share: float, value: Any, otherwise: Any) -> Any:
        """`value` in a share of the rows."""
        return np.where(random.random(rows) < share, value, otherwise)

    def text(pattern: str, values: Any) -> Any:
        made = [pattern.format(value) for value in range(int(values.max()) + 1)]
        return np.array(made, dtype=object)[values]

    second = _FIRST_SECOND + random.integers(0, _SECONDS, rows)
    page = numbers(40_000, "int32")
    site = some(0.6, "https://www.google.com", text("http://site{}.example.org", numbers(300)))
    url = site + text("/pages/{}?q=ä", page)
    phrase = some(0.6, "", text("weather in town {}", numbers(8_000)))
    return {
        "WatchID": random.permutation(rows).astype("int64") * 7_919 + 1_000_000,
        "Title": some(0.1, "", text("Page {} about Google and more", numbers(5_000))),
        "EventTime": second,
        "EventDate": (second // 86_400).astype("datetime64[D]"),
        "CounterID": some(0.6, 62, numbers(400, "int32")).astype("int32"),
        "ClientIP": numbers(2_000_000_000, "int32", -1_000_000_000),
        "RegionID": numbers(500, "int32"),
        "UserID": some(0.001, 435_090_932_899_640_449, numbers(10**9, "int64") * 7**11),
        "URL": some(0.02, "", url),
        "Referer": some(0.1, "", some(0.6, "https://www.search.example.com/find", url)),
        "IsRefresh": some(0.1, 1, 0).astype("int16"),
        "ResolutionWidth": numbers(2_000, "int16", 320),
        "MobilePhone": numbers(30),
        "MobilePhoneModel": some(0.7, "", text("Model {}", numbers(60))),
        "TraficSourceID": numbers(8, "int16", -1),
        "SearchEngineID": numbers(40),
        "SearchPhrase": phrase,
        "AdvEngineID": some(0.8, 0, numbers(20)).astype("int16"),
        "WindowClientWidth": random.integers(300, 2_500, rows).astype("int16"),
        "WindowClientHeight": random.integers(300, 1_500, rows).astype("int16"),
        "IsLink": some(0.3, 1, 0).astype("int16"),
        "IsDownload": some(0.05, 1, 0).astype("int16"),
        "DontCountHits": some(0.1, 1, 0).astype("int16"),
        "RefererHash": some(0.3, 3_594_120_000_172_545_465, numbers(9_000, "int64")),
        "URLHash": some(0.3, 2_868_770_270_353_813_622, numbers(9_000, "int64")),
    }
