"""The tables that cross, made once as Parquet: doubles, and everything else that tables hold."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

TABLES = ("doubles", "mixed")
FILES = 8  # so that 8 partitions are possible without a shuffle
_GROUPS = 4
# Rows of 10^6 bytes as Arrow.
_DOUBLES_PER_MB = 12_500
_MIXED_PER_MB = 6_765
_ROLE = "part-{:05}.parquet"


@dataclass(frozen=True, slots=True)
class Data:
    """A folder of Parquet files: rows, and bytes of Arrow that they hold."""

    folder: str
    table: str
    rows: int
    bytes: int

    @property
    def aggregates(self) -> str:
        """What a query selects so that every column has to be there."""
        return AGGREGATES[self.table]


_MIXED = "id name kind value day amount moment flag items point attributes"
# Counting asks for the values of every column, and costs an engine next to nothing itself.
AGGREGATES = {
    "doubles": ", ".join(f"count(d{i}) as d{i}" for i in range(10)),
    "mixed": ", ".join(f"count({name}) as {name}" for name in _MIXED.split()),
}


def prepared(root: Path, table: str, gigabytes: float) -> Data:
    """`gigabytes` of a table below `root`; made when they are not there.

    The files of one size are made, those of more are the same ones again (as links): what is
    measured is the method, and not the disk.
    """
    parts = _parts(root, table, gigabytes)
    folder = root / f"{table}-{gigabytes:g}"
    facts = folder / ".facts.json"
    if not facts.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = Data(str(folder), table, 0, 0) if parts is None else _linked(folder, *parts)
        if parts is None:
            made = _written(folder, table, gigabytes)
        facts.write_text(json.dumps(asdict(made)), "utf-8")
    return Data(**json.loads(facts.read_text("utf-8")))


def _parts(root: Path, table: str, gigabytes: float) -> tuple[Data, int] | None:
    """What a larger table is put together from: one of at most 1 GB, and how often."""
    if gigabytes <= 1:
        return None
    times = math.ceil(gigabytes)
    return prepared(root, table, gigabytes / times), times


def _linked(folder: Path, part: Data, times: int) -> Data:
    files = sorted(Path(part.folder).glob("*.parquet"))
    for number in range(times * len(files)):
        os.link(files[number % len(files)], folder / _ROLE.format(number))
    return Data(str(folder), part.table, part.rows * times, part.bytes * times)


def _written(folder: Path, table: str, gigabytes: float) -> Data:
    import pyarrow.parquet as pq

    make: Callable[[int, int], pa.Table] = doubles if table == "doubles" else mixed
    per_mb = _DOUBLES_PER_MB if table == "doubles" else _MIXED_PER_MB
    each = max(1, round(gigabytes * 1000 * per_mb / FILES))
    rows = size = 0
    for number in range(FILES):
        part = make(each, number)
        pq.write_table(
            part,
            folder / _ROLE.format(number),
            compression="none",
            use_dictionary=False,
            row_group_size=-(-each // _GROUPS),
        )
        rows, size = rows + part.num_rows, size + part.nbytes
    return Data(str(folder), table, rows, size)


def doubles(rows: int, seed: int) -> pa.Table:
    """Ten columns of random doubles."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(seed)
    return pa.table({f"d{i}": random.random(rows) for i in range(10)})


def mixed(rows: int, seed: int) -> pa.Table:
    """Numbers, text, times, decimals, lists, structs and maps, with nulls in most of them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    random = np.random.default_rng(seed)
    number = pa.array(random.integers(0, 10**9, rows))
    text = pc.binary_join_element_wise("ü row ", number.cast(pa.string()), "")
    micros = pa.array(random.integers(0, 1_700_000_000_000_000, rows))
    cents = pa.array(random.integers(-(10**9), 10**9, rows)).cast(pa.decimal128(19, 0))
    point = pa.StructArray.from_arrays(
        [pa.array(random.random(rows)), _some_null(random, text)], ["x", "label"]
    )
    kinds = pa.array(["alpha", "beta", "gamma", None, "delta, which is longer"])
    return pa.table(
        {
            "id": pa.array(np.arange(rows, dtype="int64") + seed * rows),
            "name": _some_null(random, text),
            "kind": kinds.take(pa.array(random.integers(0, 5, rows))),
            "value": pa.array(random.random(rows), mask=random.random(rows) < 0.1),
            "day": pa.array(random.integers(0, 20_000, rows).astype("int32")).cast(pa.date32()),
            "amount": pc.multiply(cents, pa.scalar(1, pa.decimal128(1, 0))).cast(
                pa.decimal128(22, 2)
            ),
            "moment": micros.cast(pa.timestamp("us", "UTC")),
            "flag": _some_null(random, pa.array(random.random(rows) < 0.5)),
            "items": pa.ListArray.from_arrays(
                _offsets(random, rows, 4), pa.array(random.random(rows * 4))
            ),
            "point": point,
            "attributes": pa.MapArray.from_arrays(
                np.arange(rows + 1, dtype="int32"),
                kinds.fill_null("none").take(pa.array(random.integers(0, 5, rows))),
                pa.array(random.integers(0, 100, rows)),
            ),
        }
    )


def _some_null(random: np.random.Generator, values: pa.Array) -> pa.Array:
    """The values with each tenth or so missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = pa.array(random.random(len(values)) < 0.1)
    return pc.if_else(missing, pa.scalar(None, values.type), values)


def _offsets(random: np.random.Generator, rows: int, most: int) -> pa.Array:
    """Offsets of lists of 0 to `most` values."""
    import numpy as np
    import pyarrow as pa

    lengths = random.integers(0, most + 1, rows)
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype("int32"))
