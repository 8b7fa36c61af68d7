"""`plait doctor --profile`: each part of a profile is tried, and what is wrong is named."""

from __future__ import annotations

import json
import socket
from typing import Any

from tests.conftest import Plait
from tests.services.ray_nodes import RayNodes


def _doctor(
    plait: Plait, service: RayNodes, profile: str, lake: str | None = None, **more: str
) -> dict[str, Any]:
    lake = lake or f"{plait.folder}/lake"
    (plait.folder / "plait.toml").write_text(
        f'[profiles.prod]\nengine = "sail"\nlake = "{lake}"\n{profile}\n'
    )
    done = plait("doctor", "--profile", "prod", "--json", **{**service.environ, **more})
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1), done.stderr
    return {"ok": report["ok"], **{each["name"]: each for each in report["findings"]}}


def test_every_part_of_a_profile_is_tried(plait: Plait, ray_service: RayNodes) -> None:
    found = _doctor(plait, ray_service, f'ray.address = "{ray_service.address}"')
    states = {name: each["state"] for name, each in found.items() if name != "ok"}
    parts = ("lake", "sail", "ray", "ray nodes", "ray → lake", "executors", "clocks")
    assert {name: states.get(name) for name in parts} == dict.fromkeys(parts, "ok"), found
    assert found["ok"]
    alive = found["ray"]["text"].split(": ")[1].split(" nodes")[0]
    assert int(alive) >= 2 and f"they reach {alive} Ray nodes" in found["executors"]["text"]
    assert "pyarrow" in found["ray nodes"]["text"]
    assert not (plait.folder / "lake").exists(), "nothing is left"


def test_what_is_wrong_is_named_and_the_rest_tried(plait: Plait, ray_service: RayNodes) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    profile = f'''ray.address = "{ray_service.address}"
[profiles.prod.storage]
endpoint = "http://127.0.0.1:{closed}"
access_key = "a"
secret_key = "hidden"'''
    found = _doctor(plait, ray_service, profile, lake="s3a://bucket/lake")
    assert not found["ok"]
    assert found["lake"]["state"] == found["ray → lake"]["state"] == "failed"
    assert "storage.endpoint" in str(found["lake"]["hint"])
    assert found["ray nodes"]["state"] == found["executors"]["state"] == "ok"
    assert "hidden" not in json.dumps(found)


def test_a_wrong_token_is_one_finding(plait: Plait, ray_service: RayNodes) -> None:
    profile = f'ray.address = "{ray_service.address}"'
    found = _doctor(plait, ray_service, profile, RAY_AUTH_TOKEN="0" * 64)
    assert not found["ok"] and found["ray"]["state"] == "failed"
    assert "does not accept this token" in found["ray"]["text"]
    assert "RAY_AUTH_TOKEN" in found["ray"]["hint"]
    assert found["executors"]["state"] == "ok" and "ray nodes" not in found


def test_a_remote_cluster_examines_itself(plait: Plait, ray_service: RayNodes) -> None:
    found = _doctor(plait, ray_service, f'ray.jobs = "{ray_service.jobs}"')
    assert found["ok"], found
    assert "the Jobs endpoint" in found["ray"]["text"]
    for name in ("remote: sail", "remote: ray nodes", "remote: ray → lake", "remote: executors"):
        assert found[name]["state"] == "ok", found[name]
