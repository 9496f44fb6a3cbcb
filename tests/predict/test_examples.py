import numpy as np
import pytest
from PIL import Image

from cnnsearch.data import load_data
from cnnsearch.data.reach import Reach
from cnnsearch.data.values import ValueRange
from cnnsearch.errors import DataError
from cnnsearch.predict.examples import find_examples
from tests.predict.helpers import COLOURS, DIGITS, SIGNALS, picture


def names(examples, folder):
    return [example.name.removeprefix(f"{folder}/") for example in examples.found]


def test_a_folder_s_pictures_are_found_at_any_depth_in_order_of_their_path(tmp_path):
    for name in ("b.png", "a/z.jpg", "a/deep/y.PNG", ".hidden.png", "__MACOSX/x.png", ".git/w.png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert names(find_examples([tmp_path], DIGITS), tmp_path) == ["a/deep/y.PNG", "a/z.jpg", "b.png"]


def test_a_manifest_s_paths_are_relative_to_its_folder(tmp_path):
    picture(tmp_path / "pictures" / "a.png")
    (tmp_path / "list.csv").write_text("label,path\n3,pictures/a.png\n4,pictures/gone.png\n")
    examples = find_examples([tmp_path / "list.csv"], DIGITS)
    found = examples.read(examples.found)
    assert names(examples, tmp_path) == ["pictures/a.png", "pictures/gone.png"]
    assert found[0].shape == (8, 8, 1) and found[1] == "no such file or directory"


def test_an_array_s_examples_are_numbered(tmp_path):
    np.savez(tmp_path / "some.npz", x=np.zeros((2, 8, 8), np.uint8), y=np.zeros(2))
    assert names(find_examples([tmp_path / "some.npz"], DIGITS), tmp_path) == ["some.npz[0]", "some.npz[1]"]


def test_a_picture_is_decoded_as_it_was_for_training(tmp_path):
    for number in range(20):
        for label in "ab":
            pixels = np.random.default_rng(number).integers(0, 256, (9, 14, 3), dtype=np.uint8)
            (tmp_path / label).mkdir(exist_ok=True)
            exif = Image.Exif()
            exif[274] = 6  # turned by a quarter
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png", exif=exif)
    data = load_data(tmp_path, image_size=(6, 5))
    examples = find_examples([tmp_path], COLOURS)
    found = examples.read(examples.found)
    assert all(any((x == other).all() for other in found) for x in data.train.x)


def test_a_channel_mode_that_is_not_recorded_follows_from_the_channels():
    assert DIGITS.picture_form.mode == "L"
    assert COLOURS.model_copy(update={"channel_mode": ""}).picture_form.mode == "RGB"


def test_a_file_that_is_not_an_image_has_a_reason(tmp_path):
    (tmp_path / "page.png").write_text("<html>not found</html>")
    (tmp_path / "empty.png").touch()
    (tmp_path / "half.png").write_bytes(picture(tmp_path / "whole.png").read_bytes()[:60])
    examples = find_examples([tmp_path], DIGITS)
    empty, half, page, whole = examples.read(examples.found)
    assert (empty, page) == ("empty", "a web page with the suffix of an image")
    assert isinstance(half, str) and whole.shape == (8, 8, 1)


def test_an_example_that_is_not_finite_has_a_reason(tmp_path):
    x = np.zeros((3, 12, 2), np.float32)
    x[1, 3, 0] = np.nan
    np.savez(tmp_path / "some.npz", x=x)
    examples = find_examples([tmp_path / "some.npz"], SIGNALS)
    first, second, third = examples.read(examples.found)
    assert second == "contains NaN or infinite values" and first.shape == third.shape == (12, 2)


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"gone\.png: no such file or folder"):
        find_examples([tmp_path / "gone.png"], DIGITS)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(DataError, match="contains no images"):
        find_examples([tmp_path], DIGITS)


def test_a_manifest_without_paths_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("file,label\na.png,3\n")
    with pytest.raises(
        DataError, match=r"no column 'path' \(the path\); found file, label\. .* --columns path=NAME\.$"
    ):
        find_examples([tmp_path / "list.csv"], DIGITS)


def test_links_are_followed_as_in_a_search_and_noted(tmp_path):
    picture(tmp_path / "store" / "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").symlink_to(tmp_path / "store" / "a.png")
    with pytest.raises(DataError, match="allow them with --follow-links"):
        find_examples([tmp_path / "set"], DIGITS)
    examples = find_examples([tmp_path / "set"], DIGITS, reach=Reach(follow_links=True))
    assert names(examples, tmp_path) == ["set/a.png"]
    assert examples.notes == [
        f"{tmp_path / 'set'}: follows links of 1 paths, to {tmp_path / 'store' / 'a.png'}"
    ]


def test_a_data_root_is_that_of_a_search(tmp_path):
    picture(tmp_path / "pictures" / "a.png")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.csv").write_text("path,label\na.png,3\n")
    examples = find_examples([tmp_path / "lists" / "list.csv"], DIGITS, reach=Reach(tmp_path / "pictures"))
    assert names(examples, tmp_path) == ["pictures/a.png"]


def test_the_column_of_the_paths_is_that_of_training(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "list.csv").write_text("file,species\na.png,3,\n")
    assert names(find_examples([tmp_path / "list.csv"], DIGITS, {"path": "file"}), tmp_path) == ["a.png"]


def test_pictures_are_refused_by_a_network_of_signals(tmp_path):
    with pytest.raises(DataError, match=r"found images, but this network takes arrays of 12x2"):
        find_examples([picture(tmp_path / "a.png")], SIGNALS)


def of_floats(high):
    values = ValueRange(low=0.0, high=high, dtype="float64", origin="train")
    return DIGITS.model_copy(update={"dtype": "float32", "values": values})


def test_images_are_noted_for_a_network_that_was_trained_on_other_values(tmp_path):
    examples = find_examples([picture(tmp_path / "a.png")], of_floats(1.0))
    (note,) = examples.notes
    assert "values from 0 to 255, but the network was trained on values from 0 to 1;" in note


DEEP = {"8 bits": 250, "10 bits": 900, "12 bits": 4095, "16 bits": 65535}


@pytest.mark.parametrize("asked", DEEP)
@pytest.mark.parametrize("trained", DEEP)
def test_16_bit_images_of_another_range_are_noted(tmp_path, trained, asked):
    values = ValueRange(low=0.0, high=DEEP[trained], dtype="uint16", origin="train")
    form = DIGITS.model_copy(update={"channel_mode": "L", "dtype": "float32", "values": values})
    for number in range(3):
        pixels = np.linspace(0, DEEP[asked], 64).reshape(8, 8).astype(np.uint16)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    (tmp_path / "damaged.png").write_bytes(b"")
    notes = find_examples([tmp_path], form).notes
    told = f"{tmp_path}: values from 0 to {DEEP[asked]:g}, but the network was trained on values from 0 to "
    assert [note.startswith(told) for note in notes] == [True] * (trained != asked)


def test_a_network_that_was_trained_on_floats_from_0_to_255_takes_images(tmp_path):
    path = picture(tmp_path / "a.png")
    examples = find_examples([path], of_floats(255.0))
    (pixels,) = examples.read(examples.found)
    assert not examples.notes and np.array_equal(pixels[..., 0], np.asarray(Image.open(path)))


@pytest.mark.parametrize("channel_mode", ["L", ""])
def test_a_network_that_was_trained_on_16_bits_takes_all_of_them(tmp_path, channel_mode):
    values = ValueRange(low=0, high=900, dtype="uint16", origin="train")
    form = DIGITS.model_copy(update={"dtype": "float32", "values": values, "channel_mode": channel_mode})
    x = np.arange(64, dtype=np.uint16).reshape(8, 8) * 14
    Image.fromarray(x).save(tmp_path / "a.png")
    examples = find_examples([tmp_path / "a.png"], form)
    assert np.array_equal(examples.read(examples.found)[0][..., 0], x)
