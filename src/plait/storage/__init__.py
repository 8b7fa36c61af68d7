"""Files of this machine, of S3 and of HDFS, reached one way."""
