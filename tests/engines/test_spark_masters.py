"""What the settings of a Spark elsewhere mean, without starting one."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from plait.engines.connect import plain_url
from plait.engines.routing import asked_for, make_engine
from plait.engines.spark.conf import driver_for, executors_python
from plait.engines.spark.master import Address, Master, address_towards, metastore_addresses
from plait.errors import EngineError, UsageError
from plait.settings import Secret, Settings, StorageSettings, load_settings

YARN_SITE = """<configuration>
<property><name>yarn.resourcemanager.hostname</name><value>manager</value></property>
<property><name>yarn.resourcemanager.address</name>
  <value>${yarn.resourcemanager.hostname}:8050</value></property>
</configuration>"""
HIGH_AVAILABILITY = """<configuration>
<property><name>yarn.resourcemanager.ha.rm-ids</name><value>rm1, rm2</value></property>
<property><name>yarn.resourcemanager.address.rm1</name><value>one:8032</value></property>
<property><name>yarn.resourcemanager.hostname.rm2</name><value>two</value></property>
</configuration>"""


def settings(**values: object) -> Settings:
    return load_settings({key.replace("__", "."): value for key, value in values.items()})


@pytest.mark.parametrize(
    ("text", "kind", "url", "addresses"),
    [
        ("local[*]", "local", "local[*]", ()),
        ("local", "local", "local", ()),
        ("spark://a:7078", "spark", "spark://a:7078", (("a", 7078),)),
        ("spark://a,b:1", "spark", "spark://a,b:1", (("a", 7077), ("b", 1))),
        ("k8s://host:6443", "k8s", "k8s://https://host:6443", (("host", 6443),)),
        ("k8s://http://host", "k8s", "k8s://http://host", (("host", 80),)),
    ],
)
def test_what_a_master_is(text: str, kind: str, url: str, addresses: tuple) -> None:
    assert Master.of(text, {}, {}) == Master(kind, url, addresses)


@pytest.mark.parametrize("text", ["localhost", "mesos://a", "sc://a:1", ""])
def test_what_is_no_master_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no master"):
        Master.of(text, {}, {})


def test_hadoops_files_have_the_address_of_yarn(tmp_path: Path) -> None:
    environ = {"HADOOP_CONF_DIR": str(tmp_path)}
    (tmp_path / "yarn-site.xml").write_text(YARN_SITE)
    assert Master.of("yarn", {}, environ).addresses == (("manager", 8050),)
    (tmp_path / "yarn-site.xml").write_text(HIGH_AVAILABILITY)
    assert Master.of("yarn", {}, environ).addresses == (("one", 8032), ("two", 8032))
    by_conf = {"spark.hadoop.yarn.resourcemanager.address": "here:1"}
    assert Master.of("yarn", by_conf, {}).addresses == (("here", 1),)
    with pytest.raises(UsageError, match="no setting names YARN's resource manager"):
        Master.of("yarn", {}, {})


def test_a_master_that_does_not_answer_is_reported_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=r"the Spark master .* does not answer"):
            Master.of(f"spark://127.0.0.1:{port}", {}, {}).require()
    with pytest.raises(EngineError, match="does not answer"):
        Master.of("spark://no-such-host.invalid:7077", {}, {}).require()


def test_the_driver_listens_where_its_master_reaches_it(tmp_path: Path) -> None:
    assert address_towards(Address("127.0.0.1", 7077)) == "127.0.0.1"
    driver = driver_for(settings(spark__master="spark://127.0.0.1:7077"), tmp_path)
    assert (driver.host, driver.address, driver.submitted) == ("127.0.0.1", "127.0.0.1", True)
    named = settings(spark__master="spark://127.0.0.1:7077", spark__driver_host="outside.invalid")
    driver = driver_for(named, tmp_path)
    assert driver.conf["spark.driver.host"] == "outside.invalid"
    assert driver.conf["spark.driver.bindAddress"] == "127.0.0.1"
    assert not driver_for(Settings(), tmp_path).submitted


def test_plaits_settings_are_stronger_than_the_defaults_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spark-defaults.conf").write_text(
        "# a comment\n\nspark.ui.enabled   true\nspark.executor.memory=3g\n"
        "spark.app.name : theirs\nspark.master yarn\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    mine = load_settings({"spark.conf.spark.app.name": "mine"}, environ={}, folder=tmp_path)
    driver = driver_for(mine, tmp_path / "run")
    assert driver.conf["spark.ui.enabled"] == "true", "stronger than plait's own defaults"
    assert driver.conf["spark.executor.memory"] == "3g"
    assert driver.conf["spark.app.name"] == "mine", "plait's settings, stronger than the file"
    assert driver.conf["spark.master"] == "local[*]"
    assert driver.class_path == (str(tmp_path),)


def test_two_masters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name different masters"):
        driver_for(load_settings({"spark.conf.spark.master": "yarn"}, environ={}), tmp_path)


def test_storage_and_metastore_reach_spark(tmp_path: Path) -> None:
    given = settings(spark__metastore="thrift://meta:9083")
    given = replace(given, storage=StorageSettings(access_key=Secret("K"), secret_key=Secret("S")))
    conf = driver_for(given, tmp_path).conf
    assert conf["spark.sql.catalogImplementation"] == "hive"
    assert conf["spark.hadoop.hive.metastore.uris"] == "thrift://meta:9083"
    assert conf["spark.hadoop.fs.s3a.secret.key"] == "S"


def test_the_executors_python(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setenv("PYSPARK_PYTHON", "/their/python")
    assert executors_python(Settings()) == sys.executable, "on this machine it is this Python"
    assert executors_python(settings(spark__master="spark://a:1")) == "/their/python"
    assert executors_python(settings(spark__python="/mine")) == "/mine"


def test_a_metastores_addresses() -> None:
    assert metastore_addresses("thrift://a:1, thrift://b") == (("a", 1), ("b", 9083))
    with pytest.raises(UsageError, match=r"thrift://host:port"):
        metastore_addresses("http://a:1")


def test_a_metastore_or_a_cluster_asks_for_spark(tmp_path: Path) -> None:
    assert asked_for(settings(spark__metastore="thrift://a:1")) == "spark"
    with pytest.raises(UsageError, match="Sail cannot reach the Hive metastore"):
        make_engine("sail", settings(spark__metastore="thrift://a:1"), tmp_path)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("sc://far:1", "sc://far:1/;use_ssl=true;token=a%20b"),
        ("sc://far:1/;use_ssl=false", "sc://far:1/;authorization=Bearer%20a%20b"),
        ("sc://127.0.0.1:1/;user_id=me", "sc://127.0.0.1:1/;user_id=me;authorization=Bearer%20a%20b"),
    ],
)  # fmt: skip
def test_a_token_goes_to_a_server_elsewhere_by_tls_only(url: str, plain: str) -> None:
    assert plain_url(url, "a b") == plain
    assert plain_url("sc://far:1", None) == "sc://far:1"


@pytest.mark.parametrize("url", ["http://a:1", "sc://", "sc://a:1/path", "sc://a:1/;secret"])
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="no address of a Spark Connect server") as caught:
        plain_url(url, None)
    assert "secret" not in str(caught.value)
