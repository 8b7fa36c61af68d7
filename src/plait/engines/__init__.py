"""Where SQL runs: an engine gives a Spark session; the rest uses the DataFrame API."""
