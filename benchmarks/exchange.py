"""Tables between the engines, beside the engine's limit and other methods.

`python -m benchmarks.exchange` makes the data, measures each engine in a process of its own,
prints one table and keeps it in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import exchange_page as page
from benchmarks.exchange_child import UNFINISHED, Job, Records
from benchmarks.exchange_data import TABLES, prepared
from benchmarks.facts import machine
from benchmarks.measure import ROOT, python

ENGINES = ("sail", "spark", "standalone")
GROWN = ("sail", "spark")  # where it is measured how the rates grow
_SILENT_SECONDS = 300.0
_STARTS = 4
_RAYDP = Path(__file__).parent / "by_hand" / "exchange_raydp.py"


def main() -> None:
    """Parse the arguments, measure, show."""
    arguments = _arguments()
    root = arguments.data.absolute()
    root.mkdir(parents=True, exist_ok=True)
    records = Records(root / ("quick.jsonl" if arguments.quick else "results.jsonl"))
    if not (arguments.resume or arguments.print):
        records.file.unlink(missing_ok=True)
        records.add("facts", lines=machine(), gigabytes=arguments.gigabytes)
    if not arguments.print:
        _measure(arguments, root, records)
    text = page.generated(records.read())
    print(text)
    whole = set(arguments.engines) == set(ENGINES) and set(arguments.tables) == set(TABLES)
    if arguments.keep or (whole and not arguments.quick):
        page.keep(text)
        print(f"\nkept in {page.PAGE.relative_to(ROOT)}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exchange", description=__doc__)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--gigabytes", type=float, default=0.8, help="size of each table")
    parser.add_argument("--repeats", type=int, default=5, help="turns, as far as time allows")
    parser.add_argument("--data", type=Path, default=Path("data/exchange"), help="a folder")
    parser.add_argument("--raydp", metavar="PYTHON", help="of an environment that has RayDP")
    parser.add_argument("--quick", action="store_true", help="0.05 GB once: does it run?")
    parser.add_argument("--resume", action="store_true", help="go on where a run was cut off")
    parser.add_argument("--print", action="store_true", help="only show what was measured")
    parser.add_argument("--keep", action="store_true", help="write the page in any case")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.gigabytes, arguments.repeats = 0.05, 1
    return arguments


def _measure(arguments: argparse.Namespace, root: Path, records: Records) -> None:
    sizes, counts = ((0.02, 0.1), (1, 8)) if arguments.quick else ((0.1, 1, 4), (1, 2, 4, 8))
    for left in root.glob(f"{UNFINISHED}*"):  # of a run that was cut off
        shutil.rmtree(left, ignore_errors=True)
    for table in arguments.tables:
        print(f"{table} …", file=sys.stderr, flush=True)
        prepared(root, table, arguments.gigabytes)
    for engine in arguments.engines:
        print(f"{engine} …", file=sys.stderr, flush=True)
        grows = engine in GROWN
        job = Job(
            engine,
            arguments.tables,
            arguments.gigabytes,
            arguments.repeats,
            sizes if grows else (),
            counts if grows else (),
            str(root),
            str(records.file),
        )
        _until_done(job, records)
    if arguments.raydp:
        for table in arguments.tables:
            data = prepared(root, table, arguments.gigabytes)
            _raydp(arguments.raydp, data.folder, data.bytes, f"raydp/{table}/raydp", records)


def _until_done(job: Job, records: Records) -> None:
    """Run the child; again for what is left when it was lost in a measure."""
    for _ in range(_STARTS):
        status = _child(
            python("-m", "benchmarks.exchange_child", json.dumps(asdict(job))), records
        )
        if status == 0:
            return
        lines = records.read()
        if lines and "began" in lines[-1]:
            records.add(lines[-1]["key"], failed=f"the process was lost in it ({status})")
    print(f"  {job.engine}: given up after {_STARTS} starts", file=sys.stderr)


def _child(command: Sequence[str], records: Records) -> int:
    """The exit status; a child that measures nothing for long is ended."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdin=subprocess.PIPE)
    last, size = time.monotonic(), -1
    try:
        while process.poll() is None:
            time.sleep(0.5)
            now = records.file.stat().st_size if records.file.exists() else 0
            if now != size:
                last, size = time.monotonic(), now
            if time.monotonic() - last > _SILENT_SECONDS:
                break
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _raydp(interpreter: str, folder: str, size: int, key: str, records: Records) -> None:
    """RayDP in its own environment."""
    if any("began" not in record for record in records.of(key)):
        return
    command = [interpreter, str(_RAYDP), folder, "2"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SILENT_SECONDS, check=True
        )
        reported = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        records.add(key, failed=" ".join(str(error.stderr).split())[-300:])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        records.add(key, failed=f"{type(error).__name__}: {str(error)[:300]}")
    else:
        for seconds in reported["seconds"]:
            records.add(key, bytes=size, seconds=seconds)


if __name__ == "__main__":
    main()
