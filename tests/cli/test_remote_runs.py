"""What is sent to a remote cluster with a run, and how its events and errors come back."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from plait import events
from plait.console.errors import error_from_data, error_to_json
from plait.errors import (
    BindError,
    ClusterError,
    OptionError,
    PlaitError,
    ScriptErrors,
    Span,
    UsageError,
)
from plait.remote import job_main, submit
from plait.remote.follow import JobLog
from plait.remote.package import package, project_files
from plait.settings import Secret, load_settings


def test_the_archive_holds_plait_the_project_and_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("jobs/main.py", "jobs/own/part.py", "jobs/.hidden/no.py", "jobs/data.csv",
                 "jobs/env/lib.py", "jobs/env/pyvenv.cfg", "other.py"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    files = project_files(Path("jobs/main.py"))
    assert list(files) == ["jobs/main.py", "jobs/own/part.py"]
    made = package(files, ["run", "jobs/main.py", "--set", "a=secret"], ["run"])
    assert made == package(files, ["run", "jobs/main.py", "--set", "a=secret"], ["run"])
    other = package(files, ["run", "jobs/main.py", "--set", "a=other"], ["run"])
    assert other.name != made.name and other.digest == made.digest
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("job.json"))["arguments"][-1] == "a=secret"
        assert archive.getinfo("job.json").external_attr >> 16 == 0o600
        assert archive.read("project/jobs/own/part.py") == b"jobs/own/part.py"
    assert "plait/cli/main.py" in names and not [n for n in names if "__pycache__" in n]
    assert [n for n in names if n.endswith(".dist-info/METADATA")]


def test_a_script_from_elsewhere_lies_at_the_top(tmp_path: Path) -> None:
    script = tmp_path / "script.mlsql"
    script.write_text("select 1 as a as t;")
    (tmp_path / "beside.py").write_text("")
    assert project_files(script) == {"script.mlsql": script}


def test_too_much_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("#" * (21 * 2**20))
    with pytest.raises(UsageError, match="21 MiB would be sent"):
        project_files(script)


def test_what_the_clusters_python_lacks_is_named() -> None:
    assert job_main.problem_here(["requests>=2", "sqlglot[c]<31"]) is None
    found = job_main.problem_here(["nothing-of-that-name>=2; python_version > '3'", "requests"])
    assert found is not None
    assert "lacks what plait needs: nothing-of-that-name>=2" in found.message


def test_settings_go_along_with_the_credentials_of_this_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-here")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store:1")
    given = {"ray.jobs": "http://h:1", "ray.num_cpus": 3, "spark.token": Secret("t"),
             "spark.conf.spark.x": "1", "lake": "s3a://b/l", "cache": "c"}  # fmt: skip
    settings = load_settings(given, folder=tmp_path, environ={})
    words = submit._settings_as_arguments(settings)
    pairs = dict(word.split("=", 1) for word in words if word != "--set")
    assert pairs == {
        "lake": "s3a://b/l", "spark.token": "t", "spark.conf.spark.x": "1",
        "storage.secret_key": "from-here", "storage.endpoint": "http://store:1",
        "storage.path_style": "yes",
    }  # fmt: skip
    again = load_settings(pairs, folder=tmp_path, environ={})
    assert again.storage.secret_key == Secret("from-here") and again.storage.path_style is True


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", None), ("a b>=1", ["a", "b>=1"]), ("--pre\nb; python_version>'3'\n",
                                            ["--pre", "b; python_version>'3'"])],
)  # fmt: skip
def test_requirements(text: str, lines: list[str] | None, tmp_path: Path) -> None:
    settings = load_settings({"ray.requirements": text}, folder=tmp_path, environ={})
    assert submit._requirements(settings).get("pip") == lines


def test_a_password_is_not_shown_to_the_dashboard(tmp_path: Path) -> None:
    text = "--extra-index-url https://me:word@host/simple\na"
    settings = load_settings({"ray.requirements": text}, folder=tmp_path, environ={})
    with pytest.raises(UsageError, match="holds a password"):
        submit._requirements(settings)


def test_a_lake_of_the_jobs_own_folder_is_refused(tmp_path: Path) -> None:
    settings = load_settings({"ray.jobs": "http://h:1"}, folder=tmp_path, environ={})
    with pytest.raises(UsageError, match="would be gone with the job"):
        submit.submit(settings, submit.Submission("s.mlsql", "select 1 as a as t;"))


@pytest.mark.parametrize("error", [
    OptionError("no", span=Span("f", 2, 3, 4, "  text"), hint="h"),
    ClusterError("gone", engine="ray", cause="a\nb"),
    ScriptErrors([BindError("x", span=Span("f", 1, 1, 1, "x")), OptionError("y")]),
])  # fmt: skip
def test_errors_come_back_as_they_were(error: PlaitError) -> None:
    back = error_from_data(json.loads(error_to_json(error)))
    assert back.render() == error.render()
    assert (type(back), back.exit_code) == (type(error), error.exit_code)


def said(text: str) -> events.Envelope:
    return events.Envelope.now("r", 1, events.Notice(text))


@pytest.mark.parametrize("event", [
    events.RunStarted("r", "s", "sail", ((1, "query", "x"), (2, "fit", "y"))),
    events.TableShown(3, "t", (("a", "int"),), (("1",), (None,)), 2),
    events.StepProgress(1, "m", 1.0, None),
    events.RunFinished("r", "done", 2.5, ((1, 0.5),)),
    events.Notice("é", level="warning"),
], ids=lambda event: type(event).__name__)  # fmt: skip
def test_events_come_back_as_they_were(event: events.Event) -> None:
    envelope = events.Envelope.now("r", 7, event)
    assert events.from_json(events.to_json(envelope)) == envelope


@pytest.mark.parametrize("line", ["", "text", "1", '{"event": "Unheard"}', '{"event": "Notice"}',
    '{"event": "Notice", "text": "without a run"}',
])  # fmt: skip
def test_other_lines_are_no_events(line: str) -> None:
    assert events.from_json(line) is None


def test_a_later_field_is_left_out() -> None:
    sent = said("t")
    line = events.to_json(sent).replace('"text"', '"colour": "red", "text"')
    assert events.from_json(line) == sent


def test_a_log_is_taken_line_by_line() -> None:
    seen: list[events.Envelope] = []
    one, two = said("one"), said("two")
    log = JobLog(seen.append)
    text = f"starting\n{events.to_json(one)}\n{events.to_json(two)}"
    log.take(text[:20], whole=False)
    log.take(text[:-3], whole=False)
    assert seen == [one]
    log.take(text, whole=True)
    log.take(text, whole=True)
    assert seen == [one, two]
    assert log.others == ["starting"]


def test_without_an_endpoint(plait, tmp_path) -> None:
    plait = replace(plait, cache=tmp_path / "cache")
    done = plait("runs", "list")  # those of this machine
    assert done.returncode == 0 and done.stdout == "there are no runs\n"
    for command in ("follow", "cancel"):
        done = plait("runs", command, "x")
        assert done.returncode == 2 and "ray.jobs" in done.stderr
    script = plait.script("select 1 as a as t;")
    done = plait("run", script, "--run-id", "x")
    assert done.returncode == 2 and "--run-id is for runs that are sent" in done.stderr
