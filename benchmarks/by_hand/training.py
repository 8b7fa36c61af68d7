"""The demo's training with pyspark and ray alone: `python training.py JOB`.

JOB is a JSON file: the csv tables, the queries in order, the groups, the columns, how often.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import cloudpickle
import ray
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession


@ray.remote(num_cpus=1)
def fit(training: Any, validation: Any, params: dict[str, Any], job: dict[str, Any]) -> Any:
    """One group: its error on the validation table, and the pickled model."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    columns = job["columns"]
    training, validation = training.to_pandas().sort_values(job["order"]), validation.to_pandas()
    model = HistGradientBoostingRegressor(random_state=7, **params)
    model.fit(training[columns], training["arr_delay"])
    error = model.predict(validation[columns]) - validation["arr_delay"]
    return float(np.sqrt((error**2).mean())), cloudpickle.dumps(model)


def train(spark: SparkSession, job: dict[str, Any]) -> float:
    """Both tables into Ray, all groups side by side, the best model into a file."""
    started = time.perf_counter()
    training = ray.put(spark.table("training").toArrow())
    validation = ray.put(spark.table("validation").toArrow())
    running = [fit.remote(training, validation, params, job) for params in job["groups"]]
    _, model = min(ray.get(running))
    Path(job["model"]).write_bytes(model)
    return time.perf_counter() - started


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    for name, path in job["tables"].items():
        reader = spark.read.option("header", "true").option("inferSchema", "true")
        reader.csv(path).createOrReplaceTempView(name)
    for name, query in job["queries"]:
        spark.sql(query).createOrReplaceTempView(name)
    ray.init(include_dashboard=False, log_to_driver=False)
    times = [train(spark, job) for _ in range(job["repeats"] + 1)]
    ray.shutdown()
    spark.stop()
    server.stop()
    print("::benchmark::" + json.dumps(times), flush=True)
