"""Runs a leg in a process of its own, watches its memory, and writes its file."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

from cnnsearch.training.backend import Backend, environment
from peers import by_cnnsearch
from peers.leg import Event, Leg, Outcome, Result, curve_of

SAMPLED_EVERY = 0.2
"""Seconds between two looks at the memory."""
HERE = Path(__file__).resolve().parent
STOPWATCH = "PEERS_STOPWATCH"
"""Names the folder to which stopwatch/sitecustomize.py writes."""


def run_leg(leg: Leg, file: Path) -> Result:
    """Runs a leg, unless its file is there already.

    Raises:
        SystemExit: The tool failed; its last words are printed.
    """
    if file.exists():
        return Result.model_validate_json(file.read_bytes())
    shutil.rmtree(leg.work, ignore_errors=True)
    leg.work.mkdir(parents=True)
    leg = leg.model_copy(update={"began": time.time()})
    wall, peak = watched(leg)
    events = events_of(leg)
    result = Result(
        tool=leg.tool,
        seed=leg.seed,
        outcome=outcome_of(leg),
        curve=curve_of(events, leg.began),
        trials_at=sorted(round(event.time - leg.began, 3) for event in events if event.kind == "trial"),
        wall=wall,
        peak_mb=peak / 1e6,
        steps=seconds_in_steps(leg.work) if leg.candidates else None,
    )
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(result.model_dump_json(indent=1))
    unfinished.replace(file)
    shutil.rmtree(leg.work)
    return result


def watched(leg: Leg) -> tuple[float, int]:
    """Runs a leg's process; the seconds it took, and the most memory in bytes."""
    peak = watch(command(leg), variables(leg), leg.work / "log.txt", f"{leg.tool}, seed {leg.seed}")
    return time.time() - leg.began, peak


def watch(words: list[str], variables: dict[str, str], log: Path, name: str) -> int:
    """Runs a process until it ends; the most main memory that it and its children had, in bytes.

    Raises:
        SystemExit: It failed; the last lines it said are printed.
    """
    peak = 0
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, stdout=output, stderr=subprocess.STDOUT, env=variables, stdin=subprocess.DEVNULL
        )
        try:
            while process.poll() is None:
                peak = max(peak, memory_of(process.pid))
                time.sleep(SAMPLED_EVERY)
        finally:
            end_tree(process)
    if process.returncode != 0:
        said = log.read_text(errors="replace").splitlines()[-30:]
        raise SystemExit("\n".join([*said, f"{name}: failed; all it said: {log}"]))
    return peak


def command(leg: Leg) -> list[str]:
    """What starts a leg's process."""
    if leg.tool == "cnnsearch":
        return by_cnnsearch.command(leg)
    file = leg.work / "leg.json"
    file.write_text(leg.model_dump_json())
    return [sys.executable, "-m", "peers.peer", str(file)]


def variables(leg: Leg) -> dict[str, str]:
    """The environment: the backend as cnnsearch sets it for its workers; with candidates, the stopwatch."""
    assert leg.backend in ("tensorflow", "jax")
    backend: Backend = "jax" if leg.backend == "jax" else "tensorflow"
    places, more = [str(HERE.parent)], {}
    if leg.candidates:
        places.append(str(HERE / "stopwatch"))
        more = {STOPWATCH: str(leg.work)}
    path = os.pathsep.join([*places, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, **environment(backend), **more, "PYTHONPATH": path}


def memory_of(process: int) -> int:
    """Bytes in main memory of a process and its children, pages that they share counted for each."""
    total = 0
    try:
        parent = psutil.Process(process)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.Error:
            continue
    return total


def end_tree(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process that was left alone, and its children."""
    if process.poll() is None:
        for member in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            member.kill()
        process.wait()


def events_of(leg: Leg) -> list[Event]:
    """What happened in a leg."""
    if leg.tool == "cnnsearch":
        return by_cnnsearch.events(leg)
    lines = (leg.work / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [Event.model_validate_json(line) for line in lines]


def outcome_of(leg: Leg) -> Outcome:
    """What came of a leg."""
    if leg.tool == "cnnsearch":
        return by_cnnsearch.outcome(leg)
    return Outcome.model_validate_json((leg.work / "outcome.json").read_bytes())


def seconds_in_steps(folder: Path) -> float:
    """What the stopwatches of a leg's processes have counted."""
    return sum(json.loads(file.read_text())["seconds"] for file in folder.glob("steps-*.json"))
