"""`python -m replay.record`: makes a table of a study's trials; see the package's docstring."""

import argparse
import platform
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median

from machine import PACKAGES, installed, processor

import cnnsearch
from cnnsearch.data.store import read_summary
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState
from replay.table import Curve, Origin, rounded, write_table


def main() -> None:
    """Records a study that is there, or one that is made for it."""
    options = parsed()
    if options.study:
        record(Study(options.study), options.table)
        return
    with tempfile.TemporaryDirectory() as runs:
        record(searched(options, Path(runs)), options.table)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="replay.record", description=__doc__)
    parser.add_argument("study", type=Path, nargs="?", help="a study's folder; without one, a search is run")
    parser.add_argument("table", type=Path, help="the file to write")
    parser.add_argument("--space", default="plain")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def searched(options: argparse.Namespace, runs: Path) -> Study:
    """A random search in which every trial gets all its epochs."""
    found = cnnsearch.search(
        options.space,
        options.data,
        runs=runs,
        study="recorded",
        trials=options.trials,
        epochs=options.epochs,
        seed=options.seed,
        sampler="random",
        pruner="none",
        baselines="none",
        finalists=0,
    )
    return found.study


def record(study: Study, path: Path) -> None:
    """Writes the table of a study: its trials that have ended and were trained."""
    records = list(study.records())
    curves = [curve_of(record) for record in records if is_usable(record)]
    infeasible = sum(record.state == TrialState.INFEASIBLE for record in records)
    write_table(path, origin_of(study, infeasible), curves)
    print(f"{path}: {len(curves)} curves, {path.stat().st_size / 1000:.0f} kB")


def is_usable(record: TrialRecord) -> bool:
    """Whether a trial was trained, to its end or until it diverged."""
    if record.result is None or record.is_reused or len(record.curve) < 2:
        return False
    return record.state == TrialState.COMPLETE or record.result.diverged


def curve_of(record: TrialRecord) -> Curve:
    """A trial as the table has it."""
    trial, curve = record.trial, record.curve
    times = [epoch.time for epoch in curve]
    return Curve(
        number=record.number,
        params={name: short(value) for name, value in record.params.items()},
        batch_size=trial.candidate.training.batch_size,
        weights=trial.counts["weights"],
        macs=trial.counts["macs"],
        first_seconds=round(times[0] - trial.started, 3),
        epoch_seconds=round(median(later - one for one, later in pairwise(times)), 3),
        validation_accuracy=rounded([epoch.metrics["validation_accuracy"] for epoch in curve]),
        validation_loss=rounded([epoch.metrics["validation_loss"] for epoch in curve]),
    )


def short(value: object) -> object:
    """A sampled value with as many digits as tell it from others."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def origin_of(study: Study, infeasible: int) -> Origin:
    """What holds for all trials of a study."""
    settings, summary = study.settings, read_summary(study.data_folder)
    return Origin(
        space=Path(settings.space).stem,
        data=summary.name,
        fingerprint=summary.fingerprint,
        examples=summary.num_examples("train"),
        validation_examples=summary.num_examples("validation"),
        epochs=settings.epochs,
        seed=settings.seed,
        infeasible=infeasible,
        versions={"python": platform.python_version(), **{n: v for n in PACKAGES if (v := installed(n))}},
        processor=processor(),
    )


if __name__ == "__main__":
    main()
