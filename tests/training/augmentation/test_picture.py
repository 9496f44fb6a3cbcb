import numpy as np
import pytest
from PIL import Image

from cnnsearch.plan.augmentation import Flip, GaussianNoise, Mixup, Shift
from cnnsearch.training.augmentation.picture import write_picture

PLAN = (Shift(), GaussianNoise(), Mixup())


def write(path, x, augmentations=PLAN, seed=0):
    with path.open("wb") as file:
        write_picture(file, x, augmentations, value_range=(0.0, 255.0), seed=seed)
    return np.asarray(Image.open(path))


def make_x(*shape, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


@pytest.mark.parametrize(
    "shape", [(9, 50, 2), (9, 12, 10, 1), (9, 12, 10, 3), (9, 12, 10, 2), (9, 8, 12, 10, 1)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_six_examples_and_their_variants_are_shown(tmp_path, shape, dtype):
    panel = (96, 192) if len(shape) == 3 else (96, 80)
    found = write(tmp_path / "a.png", make_x(*shape, dtype=dtype))

    assert found.shape == (6 * (panel[0] + 4) + 4, 8 * (panel[1] + 4) + 4, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_the_first_column_shows_examples_as_they_are(tmp_path):
    x = make_x(6, 96, 96, 3)
    found = write(tmp_path / "a.png", x)

    for row in range(6):
        np.testing.assert_array_equal(found[row * 100 + 4 : row * 100 + 100, 4:100], x[row])


def test_the_other_columns_show_them_augmented(tmp_path):
    x = make_x(6, 96, 96, 3)
    found = write(tmp_path / "a.png", x, (Flip(),))
    shown = [found[4:100, start : start + 96] for start in range(4, 804, 100)]
    flipped = [np.array_equal(panel, x[0, :, ::-1]) for panel in shown]

    assert any(flipped) and not all(flipped)
    assert all(
        np.array_equal(p, x[0]) for p, is_flipped in zip(shown, flipped, strict=True) if not is_flipped
    )


def test_a_seed_gives_one_picture(tmp_path):
    x = make_x(9, 12, 10, 1)
    first, again, other = (write(tmp_path / "a.png", x, seed=seed) for seed in (0, 0, 1))

    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_fewer_examples_are_fewer_rows(tmp_path):
    assert write(tmp_path / "a.png", make_x(2, 96, 96, 1)).shape[0] == 2 * 100 + 4
