"""What `load` reads, and what is checked before anything runs.

The engines disagree about much of what is not in the file itself: which types a CSV column
gets and from how many rows, what stands for null, the types of partition columns, the order of
JSON fields. So the engine is asked only for what they agree on (text columns of CSV, data
columns with a given schema), and the rest is decided here, once, for both: see `inference.py`
for the types, and `_partition_value` for the columns in the names of folders.
"""

from __future__ import annotations

import csv
import glob
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

from plait.data.catalog import SCHEMA_FILE, LakeCatalog
from plait.errors import CapabilityError, DataError, nearest, suggestion
from plait.plan.formats import FORMATS

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.readwriter import DataFrameReader
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import StructType

    from plait.plan.steps import TypedOptions

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://?")
_GLOB = re.compile(r"[*?\[{]")
_AMBIGUOUS = re.compile(r"[#?%*\[\]{}\\]")
_CHECKED_FILES = 20
