"""`spectrogram` and `signal1d` on raw audio of spoken digits, with speakers apart.

    python benchmarks/spoken_digits.py spoken_digits.zip

The archive is the Free Spoken Digit Dataset (Jakobovski, CC BY-SA 4.0): 3,000 recordings of the digits 0 to 9
by six speakers at 8 kHz, named DIGIT_SPEAKER_INDEX.wav. Each is cut or padded with zeros at its end to one
second. In alphabetical order four speakers are for training, one for validation and one for the test. Every
space gets the same files, the same time and the same seed.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import wave
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from machine import header
from numpy.typing import NDArray

SAMPLES = 8_000
SPLITS = {"train": slice(0, 4), "val": slice(4, 5), "test": slice(5, 6)}
"""The speakers of each split, in alphabetical order."""


class Recording(NamedTuple):
    """One spoken digit."""

    digit: str
    speaker: str
    samples: NDArray[np.int16]


def recordings(archive: Path) -> list[Recording]:
    """Read all recordings of the archive, in the order of their names."""
    with zipfile.ZipFile(archive) as files:
        names = sorted(name for name in files.namelist() if name.endswith(".wav"))
        return [recording(name, files.read(name)) for name in names]


def recording(name: str, content: bytes) -> Recording:
    """Read a WAV file of 16-bit mono samples, cut or padded to one second."""
    digit, speaker, _ = Path(name).stem.split("_")
    with wave.open(io.BytesIO(content)) as file:
        samples = np.frombuffer(file.readframes(SAMPLES), "<i2")
    return Recording(digit, speaker, np.pad(samples, (0, SAMPLES - len(samples))))


def write_dataset(archive: Path, file: Path) -> dict[str, list[str]]:
    """Write the splits as an .npz and return the speakers of each."""
    read = recordings(archive)
    speakers = sorted({one.speaker for one in read})
    chosen = {split: speakers[places] for split, places in SPLITS.items()}
    arrays = {}
    for split, names in chosen.items():
        own = [one for one in read if one.speaker in names]
        arrays[f"x_{split}"] = np.stack([one.samples for one in own])
        arrays[f"y_{split}"] = np.array([one.digit for one in own])
    np.savez(file, allow_pickle=False, **arrays)
    return chosen


def measured(space: str, data: Path, options: argparse.Namespace, runs: Path) -> str:
    """Search a space and return its row of the table."""
    command = [sys.executable, "-m", "cnnsearch", "search", space, "--data", str(data), "--study", space]
    command += ["--warm-start", "none"]  # the shipped experience has these data
    budget = ["--timeout", options.timeout, "--seed", str(options.seed), "--runs", str(runs)]
    subprocess.run([*command, *budget], check=True, stdout=sys.stderr)
    metrics = json.loads((runs / space / "best" / "metrics.json").read_text(encoding="utf-8"))
    trials = [json.loads(path.read_text()) for path in (runs / space).glob("trials/*/result.json")]
    trained = sum(trial["state"] != "infeasible" for trial in trials)
    figures = (metrics["validation_accuracy"], metrics["test_accuracy"])
    return f"| {space} | {trained} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |"


def main() -> None:
    """Parse the options, search each space and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path, help="spoken_digits.zip")
    parser.add_argument("--spaces", nargs="+", default=["spectrogram", "signal1d"])
    parser.add_argument("--timeout", default="15m", help="time of each search [15m]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, help="keep the studies here")
    options = parser.parse_args()
    print(header())
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "spoken_digits.npz"
        chosen = write_dataset(options.archive, data)
        print("; ".join(f"{split}: {', '.join(names)}" for split, names in chosen.items()))
        print(f"cnnsearch search SPACE --timeout {options.timeout} --seed {options.seed}\n")
        print("| space | trials | validation | test |\n| --- | --- | --- | --- |", flush=True)
        for space in options.spaces:
            print(measured(space, data, options, options.runs or Path(folder) / "runs"), flush=True)


if __name__ == "__main__":
    main()
