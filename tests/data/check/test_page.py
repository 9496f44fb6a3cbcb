"""The contact sheet: it loads nothing, shows classes and problems, and keeps the test set sealed."""

import html.parser
import itertools
import shutil

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.check import check_data, write_page
from tests.data.check.drawings import draw, put, three_parts, two_classes


class Tags(html.parser.HTMLParser):
    """Gathers a page's tags with their attributes, and its text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(source, folder):
    """The contact sheet of some data."""
    write_page(check_data(source), folder / "sheet.html")
    tags = Tags()
    tags.feed((folder / "sheet.html").read_text())
    return tags


@pytest.fixture
def faulty(tmp_path):
    """Three given parts with a leak, duplicates within the test set, a conflict and an unreadable file."""
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "train" / "cat" / "2.png", root / "test" / "cat" / "copy.png")
    shutil.copy(root / "test" / "cat" / "202.png", root / "test" / "cat" / "twin.png")
    shutil.copy(root / "train" / "cat" / "3.png", root / "train" / "dog" / "conflict.png")
    (root / "train" / "dog" / "empty.png").write_bytes(b"")
    return root


def test_nothing_is_loaded_from_elsewhere(tmp_path, faulty):
    page = page_of(faulty, tmp_path)
    loading = [
        attributes[name] for _, attributes in page.tags for name in ("src", "href") if name in attributes
    ]
    assert loading
    assert all(address.startswith("data:image/") for address in loading)
    assert not {"script", "link", "iframe", "object"} & {name for name, _ in page.tags}
    assert "url(" not in page.text and "@import" not in page.text


def test_a_problem_is_shown_with_its_pictures_side_by_side(tmp_path, faulty):
    titles = [figure["title"] for figure in page_of(faulty, tmp_path).named("figure")]
    pairs = list(itertools.pairwise(titles))
    assert ("test/cat/copy.png", "train/cat/2.png") in pairs
    assert ("train/cat/3.png", "train/dog/conflict.png") in pairs


def test_an_unreadable_file_is_named_with_its_reason(tmp_path, faulty):
    text = page_of(faulty, tmp_path).text
    assert "train/dog/empty.png" in text
    assert "empty" in text


def test_each_class_is_shown_with_samples(tmp_path):
    page = page_of(two_classes(tmp_path / "data"), tmp_path)
    samples = [image["title"] for image in page.named("img")]
    assert len(samples) == 12
    assert {name.split("/")[0] for name in samples} == {"cat", "dog"}


def test_test_pictures_are_shown_only_beside_a_twin_from_another_part(tmp_path, faulty):
    page = page_of(faulty, tmp_path)
    titles = [
        attributes["title"]
        for attributes in page.named("figure") + page.named("img")
        if "title" in attributes
    ]
    assert [name for name in titles if name.startswith("test/")] == ["test/cat/copy.png"]
    assert "test/cat/twin.png" in page.text


def test_names_are_escaped(tmp_path):
    root = two_classes(tmp_path / "data")
    put(root / "<b>bold & <script>alert(1)<" / "1.png", draw(50))
    page = page_of(root, tmp_path)
    assert "script" not in {name for name, _ in page.tags}
    assert "<b>bold & <script>alert(1)<" in page.text


def test_a_page_of_many_large_pictures_stays_light(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (700, 160, 160, 3), dtype=np.uint8)
    for index, pixels in enumerate(noise):
        put(tmp_path / "data" / str(index % 70) / f"{index}.jpg", Image.fromarray(pixels), quality=95)
    write_page(check_data(tmp_path / "data"), tmp_path / "sheet.html")
    assert (tmp_path / "sheet.html").stat().st_size < 5_000_000


def test_clean_data_are_called_good(tmp_path):
    assert "No problems found" in page_of(two_classes(tmp_path / "data"), tmp_path).text


def test_arrays_that_are_no_pictures_have_a_page_too(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 30, 2)).astype(np.float32)
    np.savez(tmp_path / "signals.npz", x=x, y=np.arange(20) % 2)
    page = page_of(tmp_path / "signals.npz", tmp_path)
    assert page.named("img") == []
    assert "classes" in page.text
