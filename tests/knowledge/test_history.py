import gzip
import logging
import shutil

import pytest

from cnnsearch.errors import StudyError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.expressible import is_in
from cnnsearch.knowledge.history import (
    SHIPPED,
    add,
    experiences_in,
    history_folder,
    latest,
    read_history,
    record,
    shipped_folder,
)
from cnnsearch.knowledge.pack import read_pack, write_pack
from cnnsearch.search.target import Target
from cnnsearch.space import Pixels, load_space
from cnnsearch.study.storage import EXPERIENCE
from cnnsearch.tasks.registry import short_task
from tests.knowledge.made import configurations, entries, experience
from tests.studies import add_trial, make_study


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Nothing is added yet, and nothing is shipped."""
    monkeypatch.setenv("CNNSEARCH_HISTORY", str(tmp_path / "history"))
    monkeypatch.setattr("cnnsearch.knowledge.history.shipped_folder", lambda: tmp_path / "shipped")


def some(study="one", count=5):
    return experience(configurations(count), lambda place: place / 10, study=study)


def test_what_is_added_twice_is_there_once():
    assert add([some("one"), some("two")]) == 2
    assert add([some("two"), some("one"), some("three")]) == 1
    assert add([some("three")]) == 0
    found = {each.experience.study: each.experience for each in read_history(None)}
    assert found == {each.study: each for each in map(some, ("one", "two", "three"))}
    assert len(list(history_folder().iterdir())) == 3


def test_the_latest_experience_of_a_study_counts():
    assert add([some(count=5)]) == add([some(count=7)]) == 1
    assert [each.experience for each in read_history(None)] == [some(count=7)]
    assert add([some(count=5)]) == 0


def test_the_order_of_the_sources_does_not_matter():
    both = entries(some("one"), some("two", 6)) + entries(some("two", 5), some("one"), source="other")
    assert [each.experience for each in latest(both)] == [each.experience for each in latest(reversed(both))]


def test_the_data_of_a_shipped_study_have_its_origin_in_all_studies():
    shipped, own = (
        experience(configurations(5), lambda place: place / 10, study=name, fingerprint="0" * 20)
        for name in "ab"
    )
    shipped = shipped.model_copy(update={"origin": "known"})
    found = latest(entries(shipped, source=SHIPPED) + entries(own))
    assert [each.experience.origin for each in found] == ["known", "known"]


def test_a_finished_study_of_the_runs_folder_counts(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    assert record(study) is None
    for number in range(5):
        add_trial(study, number)
    file = record(study)
    assert file == study.path / EXPERIENCE
    (found,) = read_history(tmp_path / "runs")
    assert found.source == str(tmp_path / "runs")
    assert len(found.experience.trials) == 5
    assert read_history(tmp_path / "other") == []


def test_the_same_study_from_two_places_counts_once(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    record(study)
    add(experiences_in(tmp_path / "runs"))
    assert len(read_history(tmp_path / "runs")) == 1


def test_studies_are_found_in_a_runs_folder_or_one_by_one(tmp_path):
    for name in ("one", "two"):
        add_trial(make_study(tmp_path / "runs" / name), 0, started=1_000.0 if name == "one" else 2_000.0)
    make_study(tmp_path / "runs" / "empty")
    assert len(experiences_in(tmp_path / "runs")) == 2
    assert len(experiences_in(tmp_path / "runs" / "one")) == 1
    with pytest.raises(StudyError, match="found no study; expected a folder of studies"):
        experiences_in(tmp_path)


def test_a_version_with_params_counts_more_than_one_without(tmp_path):
    own = some()
    bare = {
        key: Configuration.model_validate({**each.model_dump(), "params": {}})
        for key, each in own.configurations.items()
    }
    exported = own.model_copy(update={"configurations": bare})
    for order in ((own, exported), (exported, own)):
        assert [each.experience for each in latest(entries(*order))] == [own]


def test_a_study_whose_data_are_gone_is_added_as_it_was_written(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    record(study)
    before = experiences_in(tmp_path / "runs")
    shutil.rmtree(study.datasets)
    assert experiences_in(tmp_path / "runs") == before


def test_a_damaged_study_is_left_out_with_a_warning(tmp_path, caplog):
    for name in ("one", "two"):
        add_trial(make_study(tmp_path / "runs" / name), 0, started=1_000.0 if name == "one" else 2_000.0)
    (tmp_path / "runs" / "one" / "trials" / "0000" / "result.json").write_text("damaged")
    assert len(experiences_in(tmp_path / "runs")) == 1
    assert "one is left out" in caplog.text


def test_a_damaged_file_is_left_out_with_a_warning(caplog):
    add([some("one"), some("two")])
    damaged = sorted(history_folder().iterdir())[0]
    damaged.write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        assert len(read_history(None)) == 1
    assert str(damaged) in caplog.text
    assert "left out" in caplog.text


def test_a_study_that_cannot_be_written_is_no_failure(tmp_path, caplog):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    (study.path / EXPERIENCE).mkdir()
    assert record(study) is None
    assert "the experience of the study is not written" in caplog.text


def test_shipped_experience_can_be_read(tmp_path):
    (tmp_path / "shipped").mkdir()
    write_pack(tmp_path / "shipped" / "some.jsonl.gz", [some()])
    assert [each.source for each in read_history(None)] == ["shipped"]


def test_the_package_ships_studies_of_shipped_spaces():
    files = sorted(shipped_folder().glob("*.jsonl.gz"))
    shipped = [each for file in files for each in read_pack(file)]
    assert len(shipped) >= 14
    assert len({each.origin for each in shipped}) >= 9
    assert {each.dataset.shape[-1] for each in shipped} >= {1, 2, 3}
    assert {each.dataset.dimensions for each in shipped} == {1, 2}
    for each in shipped:
        space = "signal1d" if each.dataset.dimensions == 1 else "auto"
        target = Target(each.dataset.shape, short_task(num_classes=2), Pixels())
        first = next(iter(each.configurations.values()))
        assert is_in(load_space(space), first, target)


def test_the_shipped_experience_has_nothing_private():
    (file,) = shipped_folder().glob("*.jsonl.gz")
    content = gzip.decompress(file.read_bytes())
    for private in (b"/", b"runs", b"root", b"home"):
        assert private not in content
