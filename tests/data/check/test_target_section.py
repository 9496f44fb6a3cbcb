"""The part of the contact sheet about targets: amounts, charts and overlays, none of a given test set."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.check import check_data
from cnnsearch.data.check.figures import target_figure
from cnnsearch.data.check.gallery import target_gallery
from cnnsearch.data.check.target_section import target_section
from cnnsearch.page.overlays import colour_of
from tests.data.annotated import (
    HEIGHT,
    WIDTH,
    coco_content,
    polygon,
    rectangle,
    write_coco,
    write_json,
    write_pictures,
    write_voc,
)
from tests.data.check.test_page import page_of
from tests.data.check.test_targets import faces, write_arrays, write_masks

FACTOR = 14  # pixels of an overlay along each of a picture of 24 x 16
MIDDLES = (slice(FACTOR // 2, None, FACTOR),) * 2


def gallery(source, **options):
    return target_gallery(check_data(source, **options).inventory)


def pixels_of(overlay):
    """The colours of an overlay, `(height, width, 3)`."""
    content = base64.b64decode(overlay.source.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def sizes(folder, counts):
    """Write a file in which picture n has counts[n] objects."""
    write_pictures(folder / "images", len(counts))
    content = coco_content(len(counts))
    content["annotations"] = [
        {"id": 100 * n + i, "image_id": 100 + n, "category_id": 3 + 4 * (i % 2), "bbox": [i, 2, 3, 3]}
        for n, count in enumerate(counts)
        for i in range(count)
    ]
    return write_json(folder / "annotations.json", content)


def test_pictures_with_the_most_and_the_fewest_objects_are_shown_first(tmp_path):
    path = sizes(tmp_path, [*range(20), *range(20)])
    shown = gallery(path)
    assert [overlay.reason for overlay in shown] == 3 * ["most objects"] + 3 * ["fewest objects"] + 6 * [
        "sample"
    ]
    assert [overlay.name for overlay in shown[:6]] == [
        f"images/{number}.png" for number in (19, 39, 18, 20, 0, 21)
    ]
    assert shown[0].text == "cell: 10, dot: 9"
    assert shown[3].text == "no objects"


def test_the_sample_is_the_same_each_time(tmp_path):
    path = sizes(tmp_path, 50 * [1, 2])
    assert gallery(path) == gallery(path)


def test_boxes_are_drawn_where_they_are(tmp_path):
    shown = gallery(write_voc(tmp_path, 10))
    assert len(shown) == 10
    for overlay in shown:
        number = int(overlay.name.removeprefix("JPEGImages/").removesuffix(".png"))
        x0, y0, x1, y1 = (FACTOR * end for end in rectangle(number))
        pixels = pixels_of(overlay)
        assert pixels.shape == (HEIGHT * FACTOR, WIDTH * FACTOR, 3)
        x, y = (x0 + x1) // 2, (y0 + y1) // 2
        for edge in (pixels[y1 - 1, x], pixels[y, x1 - 1], pixels[y, x0]):
            np.testing.assert_allclose(edge.astype(int), colour_of(number % 2), atol=70)  # a JPEG
        np.testing.assert_allclose(pixels[y, x].astype(int), 200, atol=20)


@pytest.mark.parametrize("task", ["segmentation", "instances"])
def test_masks_are_drawn_where_they_are(tmp_path, task):
    for overlay in gallery(write_masks(tmp_path), task=task):
        x0, y0, x1, y1 = rectangle(int(overlay.name.removeprefix("images/").removesuffix(".png")))
        red, _, blue = np.moveaxis(pixels_of(overlay)[MIDDLES].astype(int), -1, 0)
        is_tinted = blue - red > 10
        assert is_tinted[y0:y1, x0:x1].all() and is_tinted.sum() == (y1 - y0) * (x1 - x0)


def test_regions_and_keypoints_of_objects_are_drawn(tmp_path):
    (tmp_path / "regions").mkdir()
    regions = write_coco(tmp_path / "regions", 10, segmentation=lambda n: [polygon(n)])
    (tmp_path / "faces").mkdir()
    points = faces(tmp_path / "faces", lambda n: [2, 3, 2, 12, 5, 1])
    for path, task in ((regions, "instances"), (points, "keypoints")):
        pixels = pixels_of(gallery(path, task=task)[0])
        assert (pixels.max(axis=-1) > pixels.min(axis=-1)).any()  # the pictures are grey
    assert gallery(points)[0].text == "1 object, 2 labelled keypoints"


def test_large_pictures_are_scaled_down(tmp_path):
    write_masks(tmp_path)
    Image.new("L", (960, 600), 9).save(tmp_path / "images" / "1.png")
    Image.new("L", (960, 600), 1).save(tmp_path / "masks" / "1.png")
    [overlay] = [one for one in gallery(tmp_path) if one.name == "images/1.png"]
    assert pixels_of(overlay).shape == (300, 480, 3)


def test_examples_in_arrays_are_drawn(tmp_path):
    y = np.zeros((12, 1, 5), np.float32)
    y[:, 0] = 2, 3, 9, 9, 0
    shown = gallery(write_arrays(tmp_path, y))
    assert len(shown) == 12 and shown[0].name == "x[0]"
    assert pixels_of(shown[0]).shape == (16 * 16, 20 * 16, 3)


def test_volumes_are_counted_but_not_drawn(tmp_path):
    draws = np.random.default_rng(0)
    y = draws.integers(0, 2, (12, 6, 6, 6))
    np.savez(tmp_path / "data.npz", x=draws.random((12, 6, 6, 6, 1), np.float32), y=y)
    checked = check_data(tmp_path / "data.npz")
    assert checked.report.target_summary.pictures == {"all": {"0": 12, "1": 12}}
    assert target_gallery(checked.inventory) == []


def test_pictures_whose_masks_have_faults_are_not_drawn(tmp_path):
    write_masks(tmp_path)
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "masks" / "1.png")
    assert "images/1.png" not in {overlay.name for overlay in gallery(tmp_path)}


def test_a_given_test_set_is_neither_drawn_nor_charted(tmp_path):
    write_voc(tmp_path, 12)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("\n".join(map(str, range(6))))
    (lists / "test.txt").write_text("\n".join(map(str, range(6, 12))))
    checked = check_data(tmp_path)
    assert {one.name for one in target_gallery(checked.inventory)} == {
        f"JPEGImages/{number}.png" for number in range(6)
    }
    section = target_section(checked.inventory, checked.report.target_summary)
    assert section.columns == (
        "class",
        "pictures, train",
        "pictures, test",
        "objects, train",
        "objects, test",
    )
    assert section.rows == (("cell", "3", "3", "3", "3"), ("dot", "3", "3", "3", "3"))
    [chart] = section.charts
    assert ">6<" in chart and ">12<" not in chart
    assert section.caption == "A given test set is not included."


def test_charts_hold_every_object(tmp_path):
    inventory = check_data(sizes(tmp_path, [*range(20)])).inventory
    of_pictures, of_boxes = (
        chart.marks[0].x for chart in target_figure(inventory, inventory.contents).charts
    )
    assert (sum(of_pictures), sum(of_boxes)) == (20, sum(range(20)))


def test_bars_are_ranges_of_sizes(tmp_path):
    boxes = {1: [1, 1, 2, 2], 2: [0, 0, 16, 16]}
    path = write_coco(tmp_path, 3, bbox=lambda n: boxes.get(n, [0, 0, 8, 8]))
    inventory = check_data(path).inventory
    [chart] = target_figure(inventory, inventory.contents).charts
    bars = dict(zip(chart.marks[0].y, chart.marks[0].x, strict=True))
    assert {label: count for label, count in bars.items() if count} == {
        "2 to 2.83": 1,
        "8 to 11.3": 1,
        "16 to 22.6": 1,
    }


def test_the_page_has_amounts_charts_and_overlays(tmp_path):
    page = page_of(sizes(tmp_path, [*range(20)]), tmp_path)
    assert {"svg", "table"} <= {name for name, _ in page.tags}
    assert "objects per picture: 0 to 19, median 9.5" in page.text
    assert "smallest box: 3 x 3 pixels (cell, images/1.png, annotations.json: annotation 100)" in page.text
    assert len([figure for figure in page.named("figure") if figure["title"].startswith("images/")]) >= 12


def test_the_page_of_masks_has_a_legend(tmp_path):
    page = page_of(write_masks(tmp_path), tmp_path)
    assert {"style": f"background: rgb{colour_of(0)}"} in page.named("i")


def test_names_of_categories_are_escaped(tmp_path):
    write_pictures(tmp_path / "images", 10)
    content = coco_content(10)
    content["categories"][0]["name"] = "<b>bold & <script>alert(1)<"
    path = write_json(tmp_path / "annotations.json", content)
    page = page_of(path, tmp_path)
    assert "script" not in {name for name, _ in page.tags}
    assert "<b>bold & <script>alert(1)<" in page.text
