"""The package that is uploaded with a run: plait itself, the project's files, the settings.

Of a script of statements the script alone is sent; of a Python script also every `.py` file
below its folder, except in hidden folders and virtual environments. Data are not sent: the
cluster reads them from their own location.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from plait.errors import UsageError
from plait.remote import job_main

ENTRYPOINT = ". ./plait_job.sh"
# Ray starts this from the process of its own Python; `python` on the path may be another.
_START = """\
python=python
has_ray='import importlib.util as u, sys; sys.exit(u.find_spec("ray") is None)'
if ! python -c "$has_ray" 2>/dev/null; then
    library=$(grep -m1 -o '/.*/ray/_raylet\\.so' "/proc/$PPID/maps" 2>/dev/null)
    own=${library%/lib/python*}/bin/python
    if [ -x "$own" ]; then python=$own; else python=python3; fi
fi
exec "$python" plait_job.py
"""
_MOST_BYTES = 20 * 2**20
_MOST_FILES = 2000
_DATE = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Package:
    """name: made from the content. digest: of the user's files and arguments alone."""

    name: str
    content: bytes
    digest: str


def project_files(script: Path) -> dict[str, Path]:
    """The files that are sent, by the path that each has in the job; the script first.

    Raises UsageError when they are too many or too large.
    """
    folder = Path.cwd()
    inside = not script.is_absolute() and ".." not in script.parts
    name = script.as_posix() if inside else script.name
    found = {name: folder / script}
    if script.suffix == ".py":
        top = (folder / script).parent
        prefix = Path(name).parent
        for path in _modules(top):
            found.setdefault((prefix / path.relative_to(top)).as_posix(), path)
    size = sum(path.stat().st_size for path in found.values())
    if size > _MOST_BYTES or len(found) > _MOST_FILES:
        raise UsageError(
            f"{len(found)} files with {size / 2**20:.0f} MiB would be sent with '{script}'",
            hint=f"at most {_MOST_FILES} files and {_MOST_BYTES / 2**20:.0f} MiB: "
            "put the script into a folder with what it imports, and nothing else",
        )
    return found


def package(files: Mapping[str, Path], arguments: Sequence[str], shown: Sequence[str]) -> Package:
    """Everything as one archive, whose bytes are the same for the same content.

    arguments: of `plait` in the job; they may hold secrets. shown: those that identify the
    run beside its files; they go into the digest.
    """
    contents: dict[str, bytes] = {}
    requires = _own(contents)
    contents["plait_job.sh"] = _START.encode()
    contents["plait_job.py"] = Path(job_main.__file__).read_bytes()
    digest = hashlib.sha256(json.dumps(list(shown)).encode())
    for name, path in files.items():
        contents[f"project/{name}"] = data = path.read_bytes()
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    job = {"arguments": list(arguments), "requires": requires}
    contents["job.json"] = json.dumps(job).encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o600 if name == "job.json" else 0o644) << 16
            out.writestr(entry, contents[name])
    content = archive.getvalue()
    name = f"_ray_pkg_{hashlib.sha256(content).hexdigest()[:32]}.zip"
    return Package(name, content, digest.hexdigest()[:32])


def _own(contents: dict[str, bytes]) -> list[str]:
    """Add plait's own modules and metadata to `contents`; the requirements of plait."""
    import plait

    root = Path(plait.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            contents[f"plait/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    try:
        own = distribution("plait")
    except PackageNotFoundError:
        return []
    metadata = own.read_text("METADATA") or f"Name: plait\nVersion: {own.version}\n"
    contents[f"plait-{own.version}.dist-info/METADATA"] = metadata.encode()
    return [line for line in own.requires or [] if "extra ==" not in line]


def _modules(top: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(top):
        below[:] = sorted(
            name for name in below
            if not name.startswith((".", "__")) and not Path(folder, name, "pyvenv.cfg").exists()
        )  # fmt: skip
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))
