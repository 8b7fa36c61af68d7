"""Parquet → Spark → a Ray Dataset by RayDP: `python exchange_raydp.py FOLDER REPEATS`.

It runs in an environment of its own (RayDP wants Spark 3.5, and a Java that this has):
`uv venv rdp; uv pip install --python rdp/bin/python raydp 'pyspark==3.5.*' 'ray[data]' \
'setuptools<80' 'pandas<3'`. Prints seconds as JSON, one line.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Start Ray and Spark on it, cross once for warmth, then measure."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray
    import raydp

    folder, repeats = sys.argv[1], int(sys.argv[2])
    ray.init(address="local", num_cpus=4, include_dashboard=False, object_store_memory=4 * 2**30)
    spark = raydp.init_spark("benchmark", 2, 1, "2GB", configs={"spark.ui.enabled": "false"})
    try:
        ray.data.from_spark(spark.range(1000)).materialize()
        times = []
        for _ in range(repeats):
            started = time.perf_counter()
            dataset = ray.data.from_spark(spark.read.parquet(folder)).materialize()
            times.append(time.perf_counter() - started)
            rows = dataset.count()
            del dataset
        print(json.dumps({"seconds": times, "rows": rows}), flush=True)
    finally:
        raydp.stop_spark()
        ray.shutdown()


if __name__ == "__main__":
    main()
