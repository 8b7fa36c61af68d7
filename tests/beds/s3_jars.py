"""What Spark needs to read s3a://: Hadoop's own part and a slim set of Amazon's.

hadoop-aws brings 686 MB when it is asked for as a package; these are the 14 MB that it uses.
By hand: `python -m tests.beds.s3_jars` prints the value of spark.jars.
"""

from __future__ import annotations

from pathlib import Path

from tests.beds.jars import jars

_SDK = (
    "annotations apache-client arns auth aws-core aws-query-protocol aws-xml-protocol checksums "
    "checksums-spi crt-core endpoints-spi http-auth http-auth-aws http-auth-aws-eventstream "
    "http-auth-spi http-client-spi identity-spi json-utils metrics-spi netty-nio-client profiles "
    "protocol-core regions retries retries-spi s3 s3-transfer-manager sdk-core sts "
    "third-party-jackson-core utils utils-lite"
)
_ARTIFACTS = (
    "org.apache.hadoop:hadoop-aws:3.5.0",
    *(f"software.amazon.awssdk:{name}:2.35.4" for name in _SDK.split()),
    "software.amazon.eventstream:eventstream:1.0.1",
    "software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.3.1",
    "org.reactivestreams:reactive-streams:1.0.4",
    "org.apache.httpcomponents:httpclient:4.5.13",
    "org.apache.httpcomponents:httpcore:4.4.16",
)


def s3_jars() -> list[Path]:
    """The jars, downloaded once. Raises RuntimeError where they cannot be had."""
    return jars(_ARTIFACTS)


if __name__ == "__main__":
    print(",".join(map(str, s3_jars())))
