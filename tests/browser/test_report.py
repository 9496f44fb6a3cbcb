"""report.html and the comparison's page in a real browser."""

import pytest

from cnnsearch.report.compare import compare
from cnnsearch.report.comparison_page import write_comparison
from cnnsearch.report.writing import write
from tests.report.bundled import bundled_study
from tests.studies import add_trial, every_state, make_study

pytestmark = pytest.mark.browser

DRAWN = "place => place.querySelectorAll('.trace, .hm, .parcoords .y-axis, .bars .point').length"
"""How much of a plot Plotly has drawn."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A study with a bundle and its report, and one of several objectives without."""
    folder = tmp_path_factory.mktemp("runs")
    write(bundled_study(folder / "some"))
    other = make_study(folder / "other", more_objectives=["macs"])
    for number in range(4):
        add_trial(other, number)
    write(every_state(make_study(folder / "states")))
    write(other)
    return folder


@pytest.fixture(scope="module", params=["some", "other", "states"])
def page(request, runs, opened):
    """A report, each of its figures scrolled to, and what it told."""
    page, told = opened((runs / request.param / "report.html").as_uri())
    plots = page.locator(".plot")
    for number in range(plots.count()):
        plots.nth(number).scroll_into_view_if_needed()
        page.wait_for_selector(f".plot >> nth={number} >> .main-svg")
    return page, told


def test_every_section_of_the_contents_is_there(page):
    links = page[0].locator("nav a").evaluate_all("links => links.map(link => link.hash)")
    assert links and all(page[0].locator(link).is_visible() for link in links)


def test_every_figure_has_data(page):
    drawn = page[0].locator(".plot").evaluate_all(f"places => places.map({DRAWN})")
    assert drawn and all(drawn)


def test_every_picture_is_shown(page):
    page[0].locator("img").evaluate_all("all => all.forEach(one => one.loading = 'eager')")
    page[0].wait_for_function("[...document.images].every(one => one.complete)")
    widths = page[0].locator("img").evaluate_all("all => all.map(one => one.naturalWidth)")
    assert all(widths)


def test_the_console_has_no_error(page):
    assert page[1].errors == []


def test_no_request_leaves_the_file(page):
    others = [url for url in page[1].requests if not url.startswith(("data:", "blob:"))]
    assert others == [page[0].url]


def test_figures_are_drawn_when_they_come_near(runs, opened):
    page, _ = opened((runs / "some" / "report.html").as_uri())
    assert page.locator(".plot[data-drawn]").count() < page.locator(".plot").count()


@pytest.mark.parametrize("width", [420, 1280])
def test_only_tables_and_drawings_are_wider_than_the_window(width, runs, opened):
    page, _ = opened((runs / "some" / "report.html").as_uri(), viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_dark_page_has_light_words(runs, opened):
    page, told = opened((runs / "some" / "report.html").as_uri(), color_scheme="dark")
    page.locator("#figure-history").scroll_into_view_if_needed()
    page.wait_for_selector("#figure-history .main-svg")
    fill = page.locator("#figure-history .xtick text").first.evaluate("tick => getComputedStyle(tick).fill")
    assert fill == "rgb(227, 232, 239)" and told.errors == []


def test_a_script_in_a_name_is_not_run(tmp_path, opened):
    study = make_study(tmp_path / "runs" / "<img src=x onerror=alert(1)>")
    add_trial(study, 0, baseline="</script><script>document.title='broken'</script>")
    page, told = opened(write(study).as_uri())
    assert page.title() == study.name and told.errors == []


def test_the_comparison_shows_every_study(runs, opened, tmp_path):
    from cnnsearch.study.folder import find_study

    comparison = compare([find_study(name, runs) for name in ("some", "other", "states")])
    write_comparison(comparison, tmp_path / "page.html")
    page, told = opened((tmp_path / "page.html").as_uri())
    page.locator("#figure-comparison").scroll_into_view_if_needed()
    page.wait_for_selector("#figure-comparison .legendtext")
    names = page.locator("#figure-comparison .plot").first.locator(".legendtext").all_text_contents()
    assert names == ["some", "other", "states"] and told.errors == []
