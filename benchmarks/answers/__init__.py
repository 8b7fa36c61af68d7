"""`make verify-benchmarks`: TPC-H, TPC-DS and ClickBench on both engines, answers compared."""
