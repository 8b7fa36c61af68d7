"""The SQL-only script on local Spark as it comes: `python sql_spark.py DATA FORMAT`."""

from __future__ import annotations

from pyspark.sql import SparkSession
from queries import answer

if __name__ == "__main__":
    spark = SparkSession.builder.master("local[*]").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    answer(spark)
    spark.stop()
