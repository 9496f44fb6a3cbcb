import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnsearch.data.pictures import PictureForm, placed
from cnnsearch.data.placement import Placement

SIDES = st.tuples(st.integers(1, 60), st.integers(1, 60))


@given(SIDES, SIDES)
def test_a_picture_covers_its_place(picture, example):
    white = Image.new("L", picture[::-1], 255)
    rows, columns = np.nonzero(placed(white, PictureForm("L", *example), Image.Resampling.NEAREST))
    left, top, width, height = Placement.of(picture, example)
    assert (columns.min(), rows.min()) == (left, top)
    assert (columns.max() + 1, rows.max() + 1) == (left + width, top + height)
