"""Apache Spark: a driver of plait's own, or a Connect server that was there before."""
