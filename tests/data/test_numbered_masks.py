"""Masks whose values are the numbers of instances."""

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.errors import DataError

SIDE = 24


def put(folder, values=(300, 65_535), count=8):
    """Write pictures of two rectangles each, and their masks of 16 bits."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        mask = np.zeros((SIDE, SIDE), np.uint16)
        mask[2:8, 3:9], mask[12:20, 10:22] = values
        Image.fromarray((mask > 0).astype(np.uint8) * 90 + number).save(folder / "images" / f"{number}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{number}.png")
    return folder


def test_each_value_is_an_instance(tmp_path):
    dataset = load_data(put(tmp_path / "cells"), task="instances")
    assert dataset.task.labels == ("background", "object")
    (y, *_) = dataset.train.y
    assert y.shape == (SIDE, SIDE, 2) and y.dtype == np.uint8
    assert (y[2:8, 3:9] == (1, 1)).all() and (y[12:20, 10:22] == (1, 2)).all()
    assert (y[..., 1] > 0).sum() == 6 * 6 + 8 * 12
    assert dataset.summary.counts["train"] == {"object": len(dataset.train)}


def test_instances_are_placed_as_their_pictures(tmp_path):
    dataset = load_data(put(tmp_path / "cells"), task="instances", image_size=(48, 96))
    np.testing.assert_array_equal(dataset.train.y[..., 24:72, 1] > 0, dataset.train.x[:, :, 24:72, 0] > 45)
    assert (dataset.train.y[:, :, :24] == (255, 0)).all() and (dataset.train.y[:, :, 72:] == (255, 0)).all()


def test_the_same_masks_are_classes_by_default(tmp_path):
    assert load_data(put(tmp_path / "cells")).task.labels == ("0", "300", "65535")


def test_masks_of_one_value_are_pointed_out_since_they_may_be_of_classes(tmp_path, caplog):
    load_data(put(tmp_path / "cells"), task="instances")
    assert not caplog.records
    load_data(put(tmp_path / "classes", values=(255, 255)), task="instances")
    assert "each is one instance; masks of classes are for --task segmentation" in caplog.text


def test_too_many_instances_are_refused(tmp_path):
    folder = put(tmp_path / "cells")
    many = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) % 256
    Image.fromarray(many).save(folder / "masks" / "3.png")
    with pytest.raises(DataError, match=r"masks/3\.png: 255 values above 0; expected .* at most 254"):
        load_data(folder, task="instances")


def test_masks_without_instances_are_refused(tmp_path):
    with pytest.raises(DataError, match="found no instances: all masks have only the value 0"):
        load_data(put(tmp_path / "cells", (0, 0)), task="instances")


def test_values_of_more_than_16_bits_are_refused(tmp_path):
    folder = put(tmp_path / "cells")
    Image.fromarray(np.full((SIDE, SIDE), 70_000, np.int32)).save(folder / "masks" / "3.tif")
    (folder / "masks" / "3.png").unlink()
    with pytest.raises(DataError, match=r"masks/3\.tif: values from 70000 to 70000; expected 0 to 65,535"):
        load_data(folder, task="instances")
