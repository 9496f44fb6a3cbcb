import shlex

from cnnsearch.report.provenance import search_command
from cnnsearch.space import Hypermodel
from tests.studies import make_study


def options_of(study):
    return shlex.split(search_command(study))


def test_the_command_names_the_space_as_it_was(tmp_path):
    study = make_study(tmp_path / "a b" / "some")
    assert options_of(study)[:3] == ["cnnsearch", "search", str(study.path / "space.yaml")]


def test_the_command_has_what_is_not_the_default_and_nothing_else(tmp_path):
    study = make_study(tmp_path / "some", trials=7, timeout=90, refit=True, image_size=(4, 8), epochs=None)
    assert options_of(study)[3:] == [
        "--data", "digits", "--study", "some-again", "--trials", "7", "--timeout", "90s",
        "--finalists", "0", "--refit", "--image-size", "4x8",
    ]  # fmt: skip


def test_epochs_that_were_given_are_in_the_command_since_the_search_is_not_planned_with_them(tmp_path):
    given = options_of(make_study(tmp_path / "some", timeout=90, epochs=20))
    assert given[given.index("--epochs") + 1] == "20"


def test_a_hypermodel_replaces_the_space(tmp_path):
    study = make_study(tmp_path / "some", space=Hypermodel(source="mine:build", folder=str(tmp_path)))
    assert options_of(study)[:4] == ["cnnsearch", "search", "--hypermodel", "mine:build"]
    assert str(tmp_path) not in options_of(study)


def test_several_objectives_are_all_named(tmp_path):
    study = make_study(tmp_path / "some", more_objectives=["macs"])
    told = options_of(study)
    assert [told[n + 1] for n, word in enumerate(told) if word == "--objective"] == [
        "validation_accuracy", "macs",
    ]  # fmt: skip


def test_the_server_s_address_is_not_shown(tmp_path):
    assert "127.0.0.1" not in search_command(make_study(tmp_path / "some", tracking_uri="http://127.0.0.1:1"))
