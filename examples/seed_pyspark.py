"""Two engines in one Python script: Spark reads and spreads the work, Ray trains the models.

    plait run examples/seed_pyspark.py [FOLDER]

Nothing in here knows of plait. `SparkSession.builder.getOrCreate()` finds a Spark, and
`ray.init()`, called inside Spark's Python workers, finds a Ray, because `plait run` started
both and left word of them in the environment. Needs `plait[spark]` and scikit-learn.
"""

import pickle
import sys
from pathlib import Path

import numpy as np
from pyspark.sql import Row, SparkSession
from sklearn.datasets import dump_svmlight_file, load_breast_cancer

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/seed_pyspark").absolute()
folder.mkdir(parents=True, exist_ok=True)


def write_libsvm(path):
    """569 tumours, 30 measurements each, in the text format of libsvm."""
    features, label = load_breast_cancer(return_X_y=True)
    dump_svmlight_file(features, label, str(path), zero_based=False)
    return features.shape[1]


def as_arrays(rows):
    """The rows of a libsvm table as a matrix and a vector."""
    features = np.array([row.features.toArray() for row in rows])
    return features, np.array([row.label for row in rows])


data_file = folder / "cancer.libsvm"
width = write_libsvm(data_file)

spark = SparkSession.builder.appName("seed").getOrCreate()
data = spark.read.format("libsvm").option("numFeatures", width).load(str(data_file))
training, held_back = data.randomSplit([0.8, 0.2], seed=7)
training_rows = spark.sparkContext.broadcast(training.collect())


def train(row):
    """Runs in a Spark worker: hands the broadcast rows to Ray, which trains one model."""
    import ray

    ray.init(log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)

    @ray.remote
    def fit(name, features, label):
        from sklearn.naive_bayes import GaussianNB
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        model = GaussianNB() if name == "BAYES" else make_pipeline(StandardScaler(), SVC())
        return pickle.dumps(model.fit(features, label))

    features, label = as_arrays(training_rows.value)
    try:
        # Once into Ray's object store; tasks are given references, not copies.
        pickled = ray.get(fit.remote(row.model, ray.put(features), ray.put(label)))
    finally:
        # Spark uses its workers again; the next row connects anew.
        ray.shutdown()
    return Row(model=row.model, pickled=bytearray(pickled))


names = spark.createDataFrame([["SVC"], ["BAYES"]], ["model"])
models = spark.createDataFrame(names.rdd.map(train), "model string, pickled binary")
models_path = str(folder / "models")
models.write.mode("overwrite").parquet(models_path)

features, label = as_arrays(held_back.collect())
for row in spark.read.parquet(models_path).orderBy("model").collect():
    model = pickle.loads(row.pickled)
    print(f"{row.model}: accuracy {model.score(features, label):.3f} on {len(label)} rows")
print(f"models saved in {models_path}")
spark.stop()
