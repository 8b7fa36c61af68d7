"""The SQL-only script on bare Sail: `python sql_sail.py DATA FORMAT`."""

from __future__ import annotations

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession
from queries import answer

if __name__ == "__main__":
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    answer(spark)
    spark.stop()
    server.stop()
