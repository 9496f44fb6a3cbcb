"""Signals and volumes searched from an .npz file to a bundle that predicts them."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from cnnsearch import load_data
from cnnsearch.api import StudyResult, search
from cnnsearch.bundle.bundle import Bundle, load_bundle
from cnnsearch.report.interpret import interpret
from cnnsearch.study.folder import Study
from tests.cli.conftest import run
from tests.space.helpers import text_of

pytestmark = pytest.mark.timeout(240)

EPOCHS = 8
KINDS = ["shift", "scale", "gaussian_noise", "time_mask"]
AUGMENTED = text_of(
    "normalization: batch\n"
    "stages: {repeat: 2, filters: [8, 16], blocks: {conv: {kernel_size: [5, 7]}}, downsample: max_pool}",
    f"augmentation: {{sequence: [{', '.join(KINDS)}]}}\n"
    "batch_size: 8\n"
    "optimizer: {adam: {learning_rate: 0.003}}",
    "name: augmented\n",
)


SPECTRAL = text_of(
    "input: {spectrogram: {window: 8, hop: 2}}\n"
    "normalization: batch\n"
    "stages: {repeat: 2, filters: [8, 16], blocks: {conv: {kernel_size: [3, 1x3]}}}",
    "batch_size: 8\noptimizer: {adam: {learning_rate: 0.003}}",
    "name: spectral\n",
)


class Searched(NamedTuple):
    """A finished search, and its input."""

    data: Path
    result: StudyResult
    bundle: Bundle


def write_signals(path: Path, count: int = 120, length: int = 32) -> Path:
    """Waves of two speeds, `(examples, length, 2)`: the second channel is the first one backwards."""
    draws = np.random.default_rng(0)
    speeds = np.array([0.3, 1.2])[np.arange(count) % 2]
    waves = np.sin(np.outer(speeds, np.arange(length)) + draws.uniform(0, 6, (count, 1)))
    names = np.where(speeds < 1, "slow", "fast")
    np.savez(path, x=np.stack([waves, waves[:, ::-1]], axis=-1).astype(np.float32), y=names)
    return path


def write_volumes(path: Path, count: int = 160, size: int = 12) -> Path:
    """Bars, `(examples, size, size, size, 1)`, that run through the depth or across the width."""
    draws = np.random.default_rng(0)
    deep = np.arange(count) % 2 == 0
    ends = draws.normal(size=(count, size, size)).astype(np.float32)
    x = np.where(deep[:, None, None, None], ends[:, None], ends[..., None])
    np.savez(path, x=x[..., None], y=deep.astype(int))
    return path


def searched(space: str | Path, data: Path) -> Searched:
    result = search(space, data, runs=data.parent / "runs", trials=2, epochs=EPOCHS, watchers=[])
    return Searched(data, result, load_bundle(result.path / "best"))


@pytest.fixture(scope="module")
def signals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    (folder / "augmented.yaml").write_text(AUGMENTED)
    return searched(folder / "augmented.yaml", write_signals(folder / "signals.npz"))


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    data = write_volumes(tmp_path_factory.mktemp("volumes") / "volumes.npz")
    return searched("volume3d", data)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "spectral.yaml").write_text(SPECTRAL)
    return searched(folder / "spectral.yaml", write_signals(folder / "sounds.npz"))


@pytest.fixture(
    params=[
        "signals",
        pytest.param("sounds", marks=pytest.mark.slow),
        pytest.param("volumes", marks=pytest.mark.slow),
    ]
)
def either(request):
    return request.getfixturevalue(request.param)


def test_every_trial_is_trained_to_its_end(either):
    trained = either.result.trials.query("state != 'infeasible'")
    assert list(trained["state"]) == ["complete", "complete"]
    assert list(trained["epochs"]) == [EPOCHS, EPOCHS]


def test_the_champion_has_learned(either):
    assert either.bundle.metrics["test_accuracy"] > 0.7


def test_the_bundles_model_predicts_what_the_file_holds(either):
    validation = load_data(either.data).validation
    probabilities = either.bundle.model.predict(validation.x, verbose=0)
    accuracy = np.mean(probabilities.argmax(axis=1) == validation.y)
    assert accuracy == pytest.approx(either.bundle.metrics["validation_accuracy"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_a_signal_goes_in_as_length_and_channels(signals):
    assert signals.bundle.model.input_shape == (None, 32, 2)
    assert signals.bundle.labels == ("fast", "slow")


@pytest.mark.slow
def test_raw_sound_goes_in_and_its_spectrogram_is_shown(sounds):
    assert sounds.bundle.model.input_shape == (None, 32, 2)
    shown = interpret(Study(sounds.result.path))
    assert [maps.title for maps in shown.maps] == ["preprocessing", "stage 0", "stage 1"]
    assert shown.maps[0].values.shape == (5, 13, 2)
    assert [heat.values.shape for heat in shown.heats] == [(13,), (13,)]


@pytest.mark.slow
def test_a_volume_goes_in_as_depth_height_width_and_channels(volumes):
    assert volumes.bundle.model.input_shape == (None, 12, 12, 12, 1)


def test_a_trial_of_augmented_signals_shows_some(signals):
    assert len(list(signals.result.path.glob("trials/*/augmented.png"))) == 2


def test_the_champions_augmentations_are_in_its_training_plan(signals):
    plan = json.loads((signals.bundle.path / "training.json").read_text())["plan"]
    assert [kind["type"] for kind in plan["augmentation"]] == KINDS


STAGES = "stages: {filters: 4, blocks: conv}"


@pytest.mark.parametrize(
    ("write", "architecture", "training", "told"),
    [
        (write_signals, STAGES, "augmentation: rotation", "rotation supports images"),
        (
            write_signals,
            f"input: {{fixed_filters: horizontal_edge}}\n{STAGES}",
            "",
            "horizontal_edge supports images",
        ),
        (write_volumes, STAGES, "augmentation: time_mask", "time_mask supports signals"),
    ],
)
def test_what_serves_other_examples_is_refused_before_anything_is_written(
    tmp_path, write, architecture, training, told
):
    write(tmp_path / "data.npz")
    (tmp_path / "unfit.yaml").write_text(text_of(architecture, training, "name: unfit\n"))
    outcome = run("search", "unfit.yaml", "--data", "data.npz", cwd=tmp_path)
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.err.splitlines()
    assert line.startswith(f"cnnsearch: unfit: {told} ")
    assert {path.name for path in tmp_path.iterdir()} == {"data.npz", "unfit.yaml"}
