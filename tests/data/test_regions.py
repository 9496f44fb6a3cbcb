import numpy as np
from pycocotools import mask

from cnnsearch.data.annotations import Annotation, Region
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.regions import box_of_runs, instance_rows, painted, placed_instances


def square(x0, y0, x1, y1, category="cell", **options):
    region = Region(((x0, y0, x1, y0, x1, y1, x0, y1),))
    return Annotation(category, "place", region=region, **options)


def test_later_objects_cover_earlier_ones():
    target = painted([square(0, 0, 6, 6), square(3, 3, 9, 9, "dot")], {"cell": 1, "dot": 2}, (10, 12))
    expected = np.zeros((10, 12, 2))
    expected[:6, :6], expected[3:9, 3:9] = (1, 1), (2, 2)
    np.testing.assert_array_equal(target, expected)


def test_a_crowd_is_ignored_where_no_object_covers_it():
    target = painted([square(0, 0, 4, 4), square(2, 0, 8, 4, is_crowd=True)], {"cell": 1}, (6, 8))
    assert (target[:4, :4] == (1, 1)).all() and (target[:4, 4:] == (255, 0)).all() and not target[4:].any()


def test_run_lengths_of_both_forms_are_the_same_pixels():
    pixels = np.zeros((5, 7), np.uint8)
    pixels[1:4, 2:6] = 1
    text = mask.encode(np.asfortranarray(pixels))["counts"].decode()
    numbers = (11, 3, 2, 3, 2, 3, 2, 3, 6)
    for counts in (text, numbers):
        region = Region(counts=counts, size=(5, 7))
        target = painted([Annotation("cell", "place", region=region)], {"cell": 1}, (5, 7))
        np.testing.assert_array_equal(target[..., 1], pixels)
        assert box_of_runs(region) == (2, 1, 6, 4)


def test_what_the_picture_does_not_cover_is_ignored():
    target = painted([square(0, 0, 4, 2)], {"cell": 1}, (2, 8))
    placed = placed_instances(target, PictureForm("L", 8, 8))
    assert (placed[:3] == (255, 0)).all() and (placed[5:] == (255, 0)).all()
    np.testing.assert_array_equal(placed[3:5], target)


def test_rows_stand_for_the_instances_of_each_picture():
    assert instance_rows([[2, 1], []]).tolist() == [
        [[[0, 0], [2, 1], [1, 2]]],
        [[[0, 0], [255, 0], [255, 0]]],
    ]
