"""Charts of bars as SVG."""

import xml.etree.ElementTree as ElementTree

from cnnsearch.page.charts import Axis, Chart, Marks
from cnnsearch.page.svg import bars


def drawn(lengths, labels, title="sizes", counted="boxes"):
    """The elements of a chart by tag."""
    chart = Chart(title, x=Axis(counted), marks=(Marks("bars", lengths, labels),))
    elements = list(ElementTree.fromstring(bars(chart)))
    return [one for one in elements if one.tag == "rect"], [one for one in elements if one.tag == "text"]


def test_a_bar_is_as_long_as_its_number():
    rects, _ = drawn([2, 4, 0], ["a", "b", "c"])
    widths = [float(rect.get("width")) for rect in rects]
    assert widths[1] == 2 * widths[0] > 0 == widths[2]
    assert [float(rect.get("y")) for rect in rects] == sorted(float(rect.get("y")) for rect in rects)


def test_bars_have_labels_and_numbers():
    _, texts = drawn([1200, 4], ["a", "b"])
    assert [text.text for text in texts] == ["sizes", "a", "1,200", "b", "4", "boxes"]


def test_texts_are_escaped_and_shortened():
    _, texts = drawn([1], ["<b>" + 40 * "x"], title="a & b")
    assert [text.text for text in texts][:2] == ["a & b", "<b>" + 20 * "x" + "…"]


def test_bars_of_nothing_have_no_length():
    rects, _ = drawn([0], ["a"])
    assert float(rects[0].get("width")) == 0
