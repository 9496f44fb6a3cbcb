"""Searches for boxes, keypoints and instances, killed and gone on with."""

import json

import numpy as np
import pytest

from cnnsearch.report.writing import write
from tests.faults.harm import Search, kill
from tests.search.real import table
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SPACE = text_of(
    """
    normalization: batch
    stages:
      repeat: 2
      filters: {first: 8, growth: 2}
      strides: {per_stage: {sequence: [1, 2]}}
      blocks: conv
    decoder: {skip: add, filters: [8, 16], stride: 1, blocks: conv}
    """,
    """
    batch_size: 8
    augmentation:
      sequence: [{flip: {mode: horizontal_and_vertical}}, {shift: {factor: 0.1, fill_mode: constant}}]
    optimizer: {adam: {learning_rate: {low: 0.003, high: 0.01}}}
    """,
    "name: dense\n",
)
HEIGHT, WIDTH, MOST = 20, 26, 3


def squares(count: int = 50, seed: int = 0):
    """Noisy pictures with one to three bright squares, and the box of each, its corners and its positions."""
    draws = np.random.default_rng(seed)
    x = draws.integers(0, 120, (count, HEIGHT, WIDTH, 1)).astype(np.uint8)
    boxes = np.tile(np.float32([0, 0, 0, 0, -1]), (count, MOST, 1))
    points, regions = np.zeros((count, MOST, 2, 3), np.float32), np.zeros((count, HEIGHT, WIDTH, 2), np.uint8)
    for example in range(count):
        for number in range(draws.integers(1, MOST + 1)):
            side, left = int(draws.integers(4, 7)), 9 * number
            top = int(draws.integers(0, HEIGHT - side))
            x[example, top : top + side, left : left + side] += 120
            boxes[example, number] = (left, top, left + side, top + side, 0)
            points[example, number] = [(left, top, 2), (left + side, top + side, 2)]
            regions[example, top : top + side, left : left + side] = (1, number + 1)
    return {"x": x, "detection": boxes, "keypoints": points, "instances": regions}


@pytest.mark.parametrize("backend", ("tensorflow", "jax"))
@pytest.mark.parametrize("task", ("detection", "keypoints", "instances"))
def test_a_killed_search_goes_on_to_the_same_end(task, backend, tmp_path):
    made = squares()
    ends = {}
    for name in ("unbroken", "killed"):
        folder = tmp_path / name
        folder.mkdir()
        np.savez(folder / "squares.npz", x=made["x"], y=made[task])
        search = Search(folder, f"--trials 2 --epochs 3 --backend {backend}", SPACE, data="squares.npz")
        process = search.begin()
        if name == "killed":
            search.wait_for(
                process, lambda search=search: search.study.path.is_dir() and search.epochs() >= 2
            )
            kill(process)
            process = search.resume()
        assert process.wait(400) == 0, search.said
        ends[name] = search.study
    assert table(ends["killed"]) == table(ends["unbroken"])
    study = ends["killed"]
    metrics = json.loads((study.best / "metrics.json").read_text())
    assert metrics["details"]["task"] == task and metrics["test"]
    assert "data:image" in write(study).read_text()
