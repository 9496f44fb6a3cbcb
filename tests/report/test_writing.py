import json
import re

import pytest

from cnnsearch.page.parts import Gallery
from cnnsearch.report.champion_sections import champion_sections
from cnnsearch.report.findings import gather_findings
from cnnsearch.report.interpret import interpret
from cnnsearch.report.writing import write
from cnnsearch.study.records import TrialState
from tests.report.bundled import study_of_shape
from tests.studies import add_trial, every_state, make_study

SECTIONS = [
    "network", "finalists", "mistakes", "inside", "search", "parameters", "curves", "data", "again",
]  # fmt: skip


def sections_of(text):
    return re.findall(r'<section id="([\w-]+)">', text)


def test_a_study_with_a_bundle_has_every_section(page):
    assert sections_of(page) == SECTIONS


def test_the_answer_comes_first(page, bundled):
    assert page.index("95.00\N{NO-BREAK SPACE}%") < page.index("<section")
    assert f"cnnsearch predict {bundled.best} PICTURES" in page


def test_the_finalists_stand_side_by_side(page):
    assert '96.00\N{NO-BREAK SPACE}%<span class="aside">± 1.00 (3)</span>' in page
    assert '95.00\N{NO-BREAK SPACE}%<span class="aside">(92.2 – 96.8)</span>' in page


def test_the_page_loads_nothing(page):
    assert "default-src &#39;none&#39;" in page
    loading = re.findall(r'<(?:img|script|link)[^>]* (?:src|href)="(?!data:)', page.split("</main>")[0])
    assert loading == []


def test_every_plot_has_its_data_in_the_page(page):
    places = re.findall(r'data-plot="([\w-]+)"', page)
    texts = dict(re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', page))
    assert places and all(json.loads(texts[place])["data"] for place in places)


def test_the_main_figures_are_pictures_too(bundled, page):
    names = {file.name for file in (bundled.path / "figures").iterdir()}
    assert names == {
        "confusion.png", "history.png", "importances.png", "learning_curves.png", "network.svg",
        "reliability.png", "slices.png",
    }  # fmt: skip


def test_the_champion_is_looked_into(page):
    assert "Grad-CAM" in page and "feature maps of the example" in page


def test_the_test_split_is_not_read(bundled, page):
    assert not bundled.ledger.exists()


def test_writing_again_writes_the_same(tmp_path):
    def written(study):
        return re.sub(r"Written \S+ \S+", "", write(study).read_text())

    study = every_state(make_study(tmp_path / "some"))
    assert written(study) == written(study)


def test_a_study_without_a_bundle_shows_the_command_that_makes_one(tmp_path):
    study = every_state(make_study(tmp_path / "some"))
    text = write(study).read_text()
    assert "<code>cnnsearch finish some</code>" in text
    assert sections_of(text) == ["network", "search", "parameters", "curves", "not-trained", "data", "again"]


def test_a_study_without_trials_has_a_report(tmp_path):
    text = write(make_study(tmp_path / "some")).read_text()
    assert "No trial has been trained to its end yet." in text
    assert sections_of(text) == ["search", "data", "again"]


def test_a_study_whose_only_trial_runs_has_a_report(tmp_path):
    study = make_study(tmp_path / "some")
    add_trial(study, 0, TrialState.RUNNING, epochs=2)
    assert sections_of(write(study).read_text()) == ["search", "curves", "data", "again"]


def test_a_front_is_drawn_where_there_are_several_objectives(tmp_path):
    study = make_study(tmp_path / "some", more_objectives=["macs"])
    for number in range(3):
        add_trial(study, number)
    assert "front" in sections_of(write(study).read_text())


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras on NumPy 2
@pytest.mark.parametrize("shape", [(32, 2), (12, 12, 3), (8, 8, 8, 1)], ids=["signals", "colours", "volumes"])
def test_inputs_of_every_dimension_are_shown(shape, tmp_path):
    study = study_of_shape(tmp_path, shape)
    sections = champion_sections(gather_findings(study), interpret(study))
    galleries = [part for section in sections for part in section.parts if isinstance(part, Gallery)]
    kind = "svg+xml" if len(shape) == 2 else "png"
    assert len(galleries) == 4  # wrong examples, filters, feature maps of the one stage, Grad-CAM
    assert all(f"data:image/{kind}" in gallery.pictures[0].source for gallery in galleries[:3])
