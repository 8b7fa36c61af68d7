"""Settings: which source wins, profiles, variables in the file, secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.errors import UsageError
from plait.settings import Secret, Settings, as_values, load_settings, with_setting

FILE = """
lake = "lake"
profile = "laptop"

[ray]
num_cpus = 1

[profiles.laptop]
engine = "sail"

[profiles.prod]
engine = "spark"
lake = "s3a://bucket/lake"
[profiles.prod.spark]
master = "yarn"
conf."spark.executor.memory" = "${env:HEAP}g"
[profiles.prod.storage]
access_key = "${env:KEY}"
secret_key = "${env:SECRET}"
"""
PROD = {"KEY": "the-key", "SECRET": "the-secret", "HEAP": "4"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plait.toml").write_text(FILE)
    return tmp_path


def load(folder: Path, environ: dict[str, str] | None = None, **given: object) -> Settings:
    return load_settings(given, folder=folder, environ=environ or {})


def test_the_later_source_wins(folder: Path) -> None:
    at_rest = load(folder)
    assert (at_rest.profile, at_rest.engine, at_rest.lake) == ("laptop", "sail", "lake")
    assert at_rest.ray.num_cpus == 1
    by_variable = {"PLAIT_ENGINE": "spark", "PLAIT_RAY_NUM_CPUS": "2"}
    assert load(folder, by_variable).engine == "spark"
    assert load(folder, by_variable, **{"ray.num_cpus": 3}).ray.num_cpus == 3


def test_who_chooses_the_profile(folder: Path) -> None:
    assert load(folder, {**PROD, "PLAIT_PROFILE": "prod"}).spark.master == "yarn"
    chosen = load(folder, {"PLAIT_PROFILE": "prod"}, profile="laptop")
    assert (chosen.profile, chosen.lake) == ("laptop", "lake")


def test_a_profile_lies_between_the_file_and_the_variables(folder: Path) -> None:
    taken = load(folder, {**PROD, "PLAIT_LAKE": "here"}, profile="prod")
    assert (taken.engine, taken.lake, taken.ray.num_cpus) == ("spark", "here", 1)
    assert taken.spark.conf == {"spark.executor.memory": "4g"}


def test_an_unknown_profile(folder: Path) -> None:
    with pytest.raises(UsageError, match="there is no profile 'pord'") as caught:
        load(folder, profile="pord")
    assert caught.value.hint == "did you mean 'prod'?"
    with pytest.raises(UsageError, match="there is no profile 'x'"):
        load(folder / "elsewhere", profile="x")


def test_a_variable_that_is_not_set_matters_only_where_it_is_needed(folder: Path) -> None:
    load(folder)
    with pytest.raises(UsageError, match=r"profile prod: there is no variable \w+"):
        load(folder, profile="prod")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("profiles = 1", "a profile is a table"),
        ("[profiles]\nprod = 1", "a profile is a table"),
        ("[profiles.a]\nengin = 'sail'", "unknown setting 'engin'"),
        ("profile = 'a'\n[profiles.a.ray]\nnum_cpus = 'many'", "profile a.*not a number"),
        ("lake = [", "not a TOML file"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "plait.toml").write_text(text)
    with pytest.raises(UsageError, match=words):
        load(tmp_path, profile="a")


def test_secrets_are_not_shown(folder: Path) -> None:
    taken = load(folder, PROD, profile="prod")
    assert taken.storage.secret_key is not None
    assert taken.storage.secret_key.reveal() == "the-secret"
    for shown in (repr(taken), str(taken), f"{taken.storage}", repr(as_values(taken))):
        assert "the-secret" not in shown and "the-key" not in shown
    assert taken.storage.secret_key == Secret("the-secret") != Secret("another")


def test_values_make_the_same_settings_again(folder: Path) -> None:
    taken = load(folder, PROD, profile="prod")
    again = Settings()
    for key, value in as_values(taken).items():
        again = with_setting(again, key, value, "test")
    assert again == taken
    assert as_values(Settings()) == {}


def test_the_variables_of_spark_and_ray(tmp_path: Path) -> None:
    assert load(tmp_path, {"SPARK_REMOTE": "sc://host:15002"}).spark.remote == "sc://host:15002"
    assert load(tmp_path, {"RAY_ADDRESS": "host:6379"}).ray.address == "host:6379"
    jobs = load(tmp_path, {"RAY_ADDRESS": "http://host:8265"}).ray
    assert (jobs.address, jobs.jobs) == (None, "http://host:8265")
    own = {"RAY_ADDRESS": "host:6379", "PLAIT_RAY_ADDRESS": "other:6379"}
    assert load(tmp_path, own).ray.address == "other:6379"
    own = {"RAY_ADDRESS": "http://host:8265", "PLAIT_RAY_JOBS": "http://other:8265"}
    assert load(tmp_path, own).ray.jobs == "http://other:8265"


def test_an_unknown_variable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown setting PLAIT_RAY_CPUS"):
        load(tmp_path, {"PLAIT_RAY_CPUS": "1"})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("exchange.client_limit", "big", "'big' is not a size"),
        ("sail.batch_size", "0", "it cannot be 0"),
        ("preview_rows", 0, "it cannot be 0"),
        ("ray.num_gpus", -1, "it cannot be -1"),
        ("ray.pending_timeout", "inf", "it cannot be inf"),
        ("ray.task_retries", float("inf"), "is not a number"),
        ("ray.task_retries", 1.5, "'1.5' is not a whole number"),
        ("ray.task_retries", True, "has the wrong type"),
        ("exchange.shared_memory", "perhaps", "is not true or false"),
        ("time_zone", "Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ("engine", "sprak", "'sprak' is not one of auto, sail, spark"),
    ],
)
def test_the_type_of_a_setting_says_what_it_accepts(
    tmp_path: Path, key: str, value: object, words: str
) -> None:
    with pytest.raises(UsageError, match=rf"setting '{key}' \(settings\): .*{words}"):
        load(tmp_path, **{key: value})


def test_none_is_accepted_where_it_is_the_default(tmp_path: Path) -> None:
    loaded = load(tmp_path, **{"sail.memory": None, "ray.num_cpus": None})
    assert (loaded.sail.memory, loaded.ray.num_cpus) == (None, None)


def test_names_to_accept_come_as_a_list_or_with_commas(tmp_path: Path) -> None:
    (tmp_path / "plait.toml").write_text('accept = ["rand-seed", "who"]')
    given = load_settings(folder=tmp_path, environ={})
    assert given.accept == ("rand-seed", "who")
    assert as_values(given)["accept"] == "rand-seed,who"
    given = load_settings(folder=tmp_path, environ={"PLAIT_ACCEPT": "conv, chr"})
    assert given.accept == ("conv", "chr")
    with pytest.raises(UsageError, match="it takes names"):
        load_settings({"accept": 3}, folder=tmp_path, environ={})
