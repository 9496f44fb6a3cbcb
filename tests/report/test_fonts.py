"""Figures with labels in any script: drawn where an installed font has the characters, else numbered."""

import os
import subprocess
import sys

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from cnnsearch.page.charts import Axis, Chart, Figure, Grid, Marks
from cnnsearch.report.fonts import fonts_for
from cnnsearch.report.pngs import numbered, write_png

LINEAR_B = "\U00010000\U0001000a"
"""A script that hardly any font has."""
CHESS = "\U0001fa00"


def square_font(path, characters, family="Squares"):
    """A font that draws a square for each character."""
    pen = TTGlyphPen(None)
    for place, corner in enumerate([(0, 0), (0, 800), (800, 800), (800, 0)]):
        (pen.lineTo if place else pen.moveTo)(corner)
    pen.closePath()
    square, builder = pen.glyph(), FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap({ord(character): "square" for character in characters})
    builder.setupGlyf({".notdef": square, "square": square})
    builder.setupHorizontalMetrics({".notdef": (900, 0), "square": (900, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)


def confusion(*labels):
    grid = Grid(np.eye(len(labels)).tolist(), [["1"] * len(labels)] * len(labels), labels, labels)
    return Figure("confusion", (Chart("", Axis("predicted"), Axis("true class"), grid=grid),))


def test_the_default_family_is_enough_for_european_scripts():
    fonts = fonts_for(["cat", "кошка", "γάτα", "two\nlines"])
    assert len(fonts.families) == 1 and not fonts.missing


def test_a_text_that_no_font_draws_is_missing():
    assert fonts_for(["cat", LINEAR_B, f"cat {LINEAR_B}"]).missing == (LINEAR_B, f"cat {LINEAR_B}")


@pytest.mark.parametrize("label", ["\udc80", "tab\there", "bell\a", ""])
def test_any_text_becomes_a_picture_without_a_warning(label, tmp_path):
    assert write_png(confusion(label, "cat"), tmp_path).is_file()


def test_names_in_titles_legends_and_categories_are_numbered(tmp_path):
    marks = tuple(Marks("bars", [1.0], [name], name) for name in (LINEAR_B, "cat"))
    chart = Chart(LINEAR_B, Axis(LINEAR_B), Axis(categories=(LINEAR_B, "cat")), marks)
    figure = Figure("some", (chart,))
    assert numbered(figure) == {LINEAR_B: "#1"} and write_png(figure, tmp_path).is_file()


def test_numbered_names_are_explained_in_the_picture(tmp_path):
    plain = Image.open(write_png(confusion("#1", "cat"), tmp_path)).tobytes()
    noted = Image.open(write_png(confusion(LINEAR_B, "cat"), tmp_path)).tobytes()
    assert plain != noted


def test_an_installed_font_is_found_for_its_script(tmp_path):
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    square_font(fonts / "squares.ttf", LINEAR_B)
    program = f"from cnnsearch.report.fonts import fonts_for; print(fonts_for([{LINEAR_B!r}, {CHESS!r}]))"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "config")}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "'Squares'" in done.stdout and repr(CHESS) in done.stdout and not done.stderr
