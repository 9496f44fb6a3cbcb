import numpy as np
import pytest

from cnnsearch.plan.augmentation import Mixup, Shift
from cnnsearch.training import input_pipeline
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.input_pipeline import ArrayPipeline, TensorflowPipeline
from tests.training.augmenting import SPATIAL, make_examples

PIPELINES = [ArrayPipeline, TensorflowPipeline]


def batches_of(pipeline, order, epoch=0):
    given = pipeline.in_order(order, epoch)
    batches = (given[i] for i in range(len(given))) if isinstance(pipeline, ArrayPipeline) else given
    return [(np.asarray(x), np.asarray(targets)) for x, targets in batches]


@pytest.mark.parametrize("make_pipeline", PIPELINES)
def test_every_epoch_sees_every_example_once(make_pipeline):
    pipeline = make_pipeline(np.arange(10, dtype=np.uint8)[:, None], np.zeros((10, 1), np.float32), 4)
    batches = [x.ravel().tolist() for x, _ in batches_of(pipeline, np.arange(10)[::-1])]

    assert batches == [[9, 8, 7, 6], [5, 4, 3, 2], [1, 0]]


def test_a_mapped_file_gives_the_same_batches(tmp_path, monkeypatch):
    x = np.random.default_rng(0).integers(0, 256, (100, 4, 4, 3), dtype=np.uint8)
    np.save(tmp_path / "x.npy", x)
    targets, order = np.eye(100, dtype=np.float32), np.random.default_rng(1).permutation(100)
    copied = batches_of(TensorflowPipeline(x, targets, 7), order)
    monkeypatch.setattr(input_pipeline, "_COPY_LIMIT_BYTES", 0)
    mapped = batches_of(TensorflowPipeline(np.load(tmp_path / "x.npy", mmap_mode="r"), targets, 7), order)

    np.testing.assert_equal(mapped, copied)


def test_a_mapped_file_is_augmented_in_the_same_way(monkeypatch):
    x, targets = make_examples(2, 10)
    augmenter = Augmenter((Shift(), Mixup()), 7, (0.0, 255.0))
    copied = batches_of(TensorflowPipeline(x, targets, 4, augmenter), np.arange(10), epoch=2)
    monkeypatch.setattr(input_pipeline, "_COPY_LIMIT_BYTES", 0)
    mapped = batches_of(TensorflowPipeline(x, targets, 4, augmenter), np.arange(10), epoch=2)

    np.testing.assert_equal(mapped, copied)


@pytest.mark.parametrize("rank", SPATIAL)
@pytest.mark.parametrize("make_pipeline", PIPELINES)
def test_batches_are_augmented_by_epoch_and_number(make_pipeline, rank):
    x, targets = make_examples(rank, 10)
    augmenter, order = Augmenter((Shift(), Mixup()), 7, (0.0, 255.0)), np.arange(10)[::-1]
    pipeline = make_pipeline(x, targets, 4, augmenter)

    for epoch in (0, 3):
        expected = [
            augmenter(x[chosen], targets[chosen], epoch, batch)
            for batch, chosen in enumerate((order[:4], order[4:8], order[8:]))
        ]
        np.testing.assert_equal(batches_of(pipeline, order, epoch), expected)
