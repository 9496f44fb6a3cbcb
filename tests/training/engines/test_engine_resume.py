"""Draws depend on (trial seed, epoch) alone: equal bits on each backend, across processes, on a CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnsearch.training.backend import environment
from cnnsearch.training.checkpoint import read_weights

SCENARIO = Path(__file__).parent / "engine_scenario.py"
ROOT = Path(__file__).parents[3]


def run_scenario(backend, folder, part):
    process = subprocess.run(
        [sys.executable, str(SCENARIO), str(folder), part],
        env=os.environ | environment(backend) | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=["tensorflow", pytest.param("jax", marks=pytest.mark.slow)])
def processes(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    whole = run_scenario(request.param, folder, "whole")
    return folder, whole, run_scenario(request.param, folder, "rest")


@pytest.fixture(params=["plain", "augmented", "rounds", "resized"])
def runs(request, processes):
    """The results of both processes with a plan, and the folder of its files."""
    folder, whole, rest = processes
    return folder / request.param, whole[request.param], rest[request.param]


def test_augmentation_and_class_weights_change_the_training(processes):
    _, whole, _ = processes
    plain, augmented = whole["plain"]["curve"], whole["augmented"]["curve"]
    assert all(a["loss"] != p["loss"] for a, p in zip(augmented, plain, strict=True))


def test_same_seed_gives_same_curve(runs):
    _, whole, _ = runs
    assert whole["again"] == whole["curve"]


def test_other_seed_gives_other_curve(runs):
    _, whole, _ = runs
    assert whole["other_seed"][0] != whole["curve"][0]


def test_an_engine_restored_in_another_process_continues_the_curve(runs):
    _, whole, rest = runs
    assert rest["curve"] == whole["curve"][3:]


def test_best_epoch_and_its_weights_survive_the_interruption(runs):
    folder, whole, rest = runs
    expected, found = (read_weights(folder / f"best-of-{name}.npz") for name in ("whole", "rest"))

    assert rest["best_epoch"] == whole["best_epoch"]
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_learning_rate_falls_to_zero_with_the_budget(runs):
    _, whole, rest = runs
    assert rest["curve"][-1]["learning_rate"] == pytest.approx(0.0, abs=1e-9)
    assert max(epoch["learning_rate"] for epoch in whole["curve"]) > 0.005
