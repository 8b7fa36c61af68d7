"""TPC-H's queries one after the other on bare Sail: `python tpch_sail.py DATA QUERIES OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

if __name__ == "__main__":
    data, queries, out = map(Path, sys.argv[1:])
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    for file in sorted(data.glob("*.parquet")):
        spark.read.parquet(str(file)).createOrReplaceTempView(file.stem)
    for file in sorted(queries.glob("*.sql")):
        answer = spark.sql(file.read_text("utf-8"))
        answer.write.mode("overwrite").parquet(str(out / file.stem))
    spark.stop()
    server.stop()
