"""A whole search over networks with an output at every position."""

import numpy as np
import pytest

from cnnsearch import search
from cnnsearch.bundle.bundle import load_bundle
from cnnsearch.bundle.evidence import read_evidence
from cnnsearch.errors import SpaceError
from cnnsearch.report.writing import write

pytestmark = pytest.mark.timeout(600)

SPACE = """
version: 1
name: segments
architecture:
  normalization: batch
  stages:
    repeat: 2
    filters: {first: 8, growth: 2}
    blocks: {conv: {kernel_size: [3, 5]}}
    downsample: max_pool
  decoder: {upsample: [transposed_conv, bilinear], skip: concatenate, blocks: conv}
training:
  batch_size: 8
  loss: [crossentropy, crossentropy_dice]
  augmentation: {one_of: [none, {flip: {mode: horizontal_and_vertical}}]}
  optimizer: {adam: {learning_rate: 0.01}}
"""


def squares(count=50, height=21, width=26, seed=0):
    """Noisy pictures of a bright square each, and its positions as masks of 8 bits."""
    draws = np.random.default_rng(seed)
    x, y = draws.integers(0, 120, (count, height, width, 1)), np.zeros((count, height, width), np.uint8)
    for example, mask in zip(x, y, strict=True):
        side = int(draws.integers(6, 12))
        top, left = (int(draws.integers(0, size - side)) for size in (height, width))
        example[top : top + side, left : left + side] += 110
        mask[top : top + side, left : left + side] = 255
    return x.astype(np.uint8), y


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ({"engine": "fit"}, {"engine": "compiled", "group_size": 2}), ids=str)
def test_a_search_for_masks_ends_with_a_bundle_that_finds_them(tmp_path, chosen):
    (tmp_path / "segments.yaml").write_text(SPACE)
    found = search(
        tmp_path / "segments.yaml",
        squares(),
        runs=tmp_path / "runs",
        trials=2,
        epochs=12,
        watchers=[],
        **chosen,
    )
    assert {record.state for record in found.study.records()} == {"complete"}
    assert found.metrics["test_mean_iou"] > 0.8
    bundle = load_bundle(found.study.best)
    assert set(bundle.metrics.details.per_class) == {"0", "255"}
    evidence = read_evidence(found.study.best)
    assert evidence.predictions.dtype == np.uint8 and evidence.predictions.shape == (10, 21, 26)
    x, y = squares(count=5, seed=9)
    predicted = bundle.model.predict(x, verbose=0)
    assert predicted.shape == (5, 21, 26, 2)
    assert np.mean((predicted.argmax(axis=-1) == 1) == (y == 255)) > 0.9
    assert "Regions of the test examples" in write(found.study).read_text()


def test_a_space_without_a_decoder_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(SpaceError, match="plain: the task segmentation needs an output for each position"):
        search("plain", squares(), runs=tmp_path / "runs", trials=1, watchers=[])
    assert not (tmp_path / "runs").exists()
