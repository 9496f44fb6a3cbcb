from cnnsearch.page.charts import Axis, Chart, Figure, Marks
from cnnsearch.page.parts import Gallery, Page, PageSection, Picture, Plot, Table, Text
from cnnsearch.report.page import prose, render, stacked
from cnnsearch.report.plots import embedded, plot

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def page_of(*parts):
    return Page("some", "", "", (), "", (PageSection("one", "One", parts),))


def test_words_of_the_data_are_never_markup():
    marks = Marks("points", [HOSTILE], [1.0], HOSTILE, texts=[HOSTILE])
    chart = Chart(HOSTILE, Axis(HOSTILE, categories=(HOSTILE,)), marks=(marks,))
    text = render(
        page_of(
            Text(HOSTILE),
            Table((HOSTILE,), [(HOSTILE,)], HOSTILE),
            Plot(Figure("some", (chart,), HOSTILE)),
            Gallery((Picture("data:,", HOSTILE),), HOSTILE),
        )
    )
    assert "<script>alert" not in text and "<img src=x" not in text


def test_plotly_is_in_a_page_with_plots_once():
    figure = Figure("some", (Chart(marks=(Marks("points", [1], [2]),)),))
    assert render(page_of(Plot(figure))).count("plotly.js v") == 1


def test_a_page_without_plots_is_small():
    assert len(render(page_of(Text("a")))) < 30_000


def test_data_cannot_end_the_element_that_they_stand_in():
    assert "<" not in embedded({"text": HOSTILE})


def test_names_are_not_markup_to_plotly_either():
    chart = Chart(x=Axis("<b>"), marks=(Marks("points", ["<i>"], [1.0], texts=["<a>"]),))
    drawn = plot(chart)
    assert drawn["data"][0]["x"] == ["&lt;i&gt;"] and drawn["data"][0]["text"] == ["&lt;a&gt;"]
    assert drawn["layout"]["xaxis"]["title"]["text"] == "&lt;b&gt;"


def test_what_is_no_number_leaves_a_gap():
    drawn = plot(Chart(marks=(Marks("line", [1, 2, 3], [0.5, float("nan"), None]),)))
    assert drawn["data"][0]["y"] == [0.5, None, None]


def test_code_in_a_text_is_marked():
    assert prose("see `a<b`") == "see <code>a&lt;b</code>"


def test_columns_of_numbers_stand_to_the_right():
    rows = [("1", "12.3 k", "99.4 % ± 0.1 (3)", "2026-11-21 10:17", "–"), ("2", "4", "5 %", "now", "1 s")]
    assert Table(("a", "b", "c", "d", "e"), rows).is_numeric == [False, True, True, False, True]


def test_what_follows_a_number_is_a_second_line():
    assert stacked("99.4 % ± 0.1 (3)") == '99.4 %<span class="aside">± 0.1 (3)</span>'
    assert stacked("test (<b>)") == 'test<span class="aside">(&lt;b&gt;)</span>'
    assert stacked("3 min 20 s") == "3 min 20 s"
