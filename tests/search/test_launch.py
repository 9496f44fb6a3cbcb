import json
import os
import shutil
import sys

import numpy as np
import pytest

from cnnsearch.api import resume
from cnnsearch.data import load_data
from cnnsearch.data.sources.memory import IN_MEMORY
from cnnsearch.errors import MissingDependencyError, SearchError, SettingsError, SpaceError, StudyError
from cnnsearch.search.launch import (
    check_data_unchanged,
    check_name,
    create_study,
    earlier_records,
    free_name,
    resume_settings,
    run_study,
    unfit,
)
from cnnsearch.search.spaces import choose_space
from cnnsearch.space import Hypermodel, load_space
from cnnsearch.study.folder import Study
from cnnsearch.study.lock import driving
from cnnsearch.study.records import Trial, TrialRecord
from cnnsearch.study.settings import checked_settings
from tests.data.helpers import write_classes
from tests.search.real import tiny_study
from tests.studies import add_trial, make_study


def made(tmp_path, data="digits", name=None, **settings):
    chosen = {"space": "plain", "data": str(data), **settings}
    return create_study(checked_settings(chosen), tmp_path / "runs", name, data)


def test_a_new_studys_folder_holds_what_resumes_it(tmp_path):
    study = made(tmp_path, trials=7)
    assert sorted(path.name for path in study.path.iterdir()) == ["data.json", "space.yaml", "study.yaml"]
    assert study.settings.trials == 7
    assert study.space.parameters == load_space("plain").parameters
    assert (study.data_folder / "x_train.npy").exists()


def test_a_study_is_called_after_the_space_and_the_data_with_a_number_where_taken(tmp_path):
    assert [made(tmp_path).name for _ in range(3)] == ["plain-digits", "plain-digits-2", "plain-digits-3"]


def test_nothing_else_is_left_in_the_runs_folder(tmp_path):
    made(tmp_path)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [".data", "plain-digits"]


def test_a_name_made_of_the_datas_is_one_that_a_study_can_have(tmp_path):
    name = free_name("vgg-my flowers (new)/ü", tmp_path)
    assert name == "vgg-my-flowers-new-ü"
    check_name(name, tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a b", "../x"])
def test_what_cannot_be_a_studys_name_is_refused(tmp_path, name):
    with pytest.raises(StudyError, match=r"^--study: found "):
        check_name(name, tmp_path)


def test_a_shipped_space_is_kept_as_it_is_written(tmp_path):
    assert choose_space("plain", {}).text == load_space("plain").path.read_text()


def test_a_space_with_values_replaced_is_kept_so(tmp_path):
    study = made(tmp_path, overrides={"architecture.stages.repeat": "2", "training.batch_size": "[16, 32]"})
    assert "stages.repeat" not in study.space.parameters
    assert study.space.parameters["batch_size"].values == (16, 32)
    assert study.space.constraints == load_space("plain").constraints


def test_a_replaced_value_outranks_the_baselines(tmp_path):
    overrides = {"architecture.stages.repeat": "2", "training.optimizer": "{sgd: {learning_rate: 0.1}}"}
    baseline = made(tmp_path, overrides=overrides).space.baseline("batch_normalized")
    before = load_space("plain").baseline("batch_normalized")
    gone = {"stages.repeat", "optimizer", "optimizer.adam.learning_rate", "stages.2.blocks.conv.kernel_size"}
    assert baseline == {name: value for name, value in before.items() if name not in gone}


def test_a_fault_of_a_baseline_is_reported_in_spite_of_an_override(tmp_path):
    text = load_space("plain").path.read_text().replace("batch_size: 64", "batch_size: 65")
    (tmp_path / "faulty.yaml").write_text(text)
    with pytest.raises(SpaceError, match=r"batch_normalized.batch_size: found 65, but batch_size is one of"):
        choose_space(tmp_path / "faulty.yaml", {"architecture.stages.repeat": "2"})


def test_a_replaced_value_may_mend_a_space_with_baselines(tmp_path):
    text = load_space("plain").path.read_text().replace("batch_size: [32, 64, 128]", "batch_size: 0")
    (tmp_path / "faulty.yaml").write_text(text)
    mended = choose_space(tmp_path / "faulty.yaml", {"training.batch_size": "[32, 64]"}).space
    assert mended.baseline("batch_normalized")["batch_size"] == 64


def test_a_space_that_uses_another_is_kept_whole(tmp_path):
    (tmp_path / "base.yaml").write_text(load_space("plain").path.read_text())
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 1\narchitecture:\n  stages: {use: base.yaml}\n")
    study = made(tmp_path, space=str(mine))
    (tmp_path / "base.yaml").unlink()
    assert "stages.filters.first" in study.space.parameters


def test_arrays_in_memory_are_searched_and_resumed_from_their_copy(tmp_path):
    study = made(tmp_path, load_data("digits"), name="mine")
    assert study.path.name == "mine"
    assert study.data_folder.is_dir()


def test_a_backend_that_is_not_installed_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)  # as where it is not installed
    with pytest.raises(MissingDependencyError, match=r"cnnsearch\[jax\]"):
        made(tmp_path, backend="jax")
    assert list(tmp_path.iterdir()) == []


def test_folds_that_the_data_cannot_give_are_refused_before_anything_is_written(tmp_path):
    y = np.repeat([0, 1], [60, 10])
    np.savez(tmp_path / "few.npz", x=np.zeros((70, 8, 8), np.uint8), y=y)
    with pytest.raises(SettingsError, match=r"--folds: found 9; .*: '1' has 8"):
        made(tmp_path, tmp_path / "few.npz", folds=9)
    assert not (tmp_path / "runs" / "plain-few").exists()


def test_a_study_whose_data_changed_is_not_continued(tmp_path):
    x, y = np.zeros((40, 8, 8), np.uint8), np.arange(40) % 4
    data = tmp_path / "data.npz"
    np.savez(data, x=x, y=y)
    study = tiny_study(tmp_path, data)
    np.savez(data, x=x, y=(y + 1) % 4)
    with pytest.raises(StudyError, match=f"the data in {data} have changed since {study.name} began"):
        resume(study.path, trials=9, watchers=[])
    assert Study(study.path).settings.trials == 3


def test_data_named_from_one_folder_are_found_from_another(tmp_path, monkeypatch):
    np.savez(tmp_path / "data.npz", x=np.zeros((40, 8, 8), np.uint8), y=np.arange(40) % 4)
    monkeypatch.chdir(tmp_path)
    study = made(tmp_path, "data.npz")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert study.settings.data == str(tmp_path / "data.npz")
    check_data_unchanged(study)


def test_a_larger_budget_is_kept(tmp_path):
    study = resume_settings(made(tmp_path), {"trials": 50})
    assert Study(study.path).settings.trials == 50


GROWN = """
version: 1
name: tiny
architecture: {stages: {filters: [8, 16], strides: 2, blocks: conv}}
training: {optimizer: {adam: {learning_rate: {low: 0.0001, high: 0.01}}}}
"""


def test_a_grown_space_takes_the_place_of_the_studys(tmp_path):
    study = tiny_study(tmp_path)
    (tmp_path / "grown.yaml").write_text(GROWN)
    resumed = resume_settings(study, {}, tmp_path / "grown.yaml")
    assert resumed.space.parameters["stages.filters"].values == (8, 16)
    assert resumed.settings.space == str(tmp_path / "grown.yaml")


def test_a_space_cannot_take_the_place_of_a_hypermodel(tmp_path):
    study = make_study(tmp_path / "some", space=Hypermodel(source="mine:build"))
    with pytest.raises(SettingsError, match="--space plain: the study searches the hypermodel mine:build"):
        resume_settings(study, {}, "plain")


def test_a_space_with_faults_leaves_the_study_as_it_is(tmp_path):
    study = tiny_study(tmp_path)
    (tmp_path / "bad.yaml").write_text(GROWN.replace("filters", "fitlers"))
    with pytest.raises(SpaceError):
        resume_settings(study, {"sampler": "random"}, tmp_path / "bad.yaml")
    assert Study(study.path).settings == study.settings
    assert "stages.filters" in Study(study.path).space.parameters


def test_another_sampler_and_pruner_are_kept(tmp_path):
    study = resume_settings(made(tmp_path), {"sampler": "random", "pruner": "median"})
    assert (study.settings.sampler, study.settings.pruner) == ("random", "median")


def test_what_no_longer_fits_a_space_is_named_with_how_often():
    records = [record_of({"activation": "relu"}), record_of({"activation": "mish", "gone": 3})]
    assert unfit(load_space("plain"), records) == {"activation": 1, "gone": 1}


def record_of(params):
    candidate = load_space("plain").sample_random(0, input_shape=(8, 8, 1), num_classes=3)
    trial = Trial(number=0, seed=0, candidate=candidate.model_copy(update={"params": params}), started=0.0)
    return TrialRecord(trial=trial)


def test_a_study_to_start_from_has_to_be_there(tmp_path):
    with pytest.raises(StudyError, match="no study 'before'"):
        made(tmp_path, start_from="before")


def test_a_study_to_start_from_is_found_again(tmp_path):
    before = add_trial(made(tmp_path, name="before"), 0)
    study = made(tmp_path, name="after", start_from="before")
    assert [record.params for record in earlier_records(study)] == [before[0].params]


def test_a_study_has_one_driver(tmp_path):
    study = made(tmp_path)
    with driving(study.path), pytest.raises(StudyError) as caught:
        run_study(study)
    assert str(caught.value) == f"the study plain-digits is already being searched by process {os.getpid()}"


def test_a_study_whose_driver_died_can_be_driven(tmp_path):
    study = made(tmp_path)
    (study.path / "driver.json").write_text(json.dumps({"pid": 1, "since": 0}))
    with driving(study.path):
        pass
    assert not (study.path / "driver.json").exists()


def test_a_failing_disk_ends_the_search_with_the_command_to_continue(tmp_path):
    study = made(tmp_path)
    (study.path / "trials").touch()  # a file where a folder has to be made
    with pytest.raises(SearchError) as caught:
        run_study(study)
    assert str(caught.value).startswith("the search failed: [Errno ")
    assert str(caught.value).endswith(f"To continue: cnnsearch resume {study.path}")


def test_a_study_to_start_from_is_recorded_without_an_absolute_path(tmp_path):
    made(tmp_path, name="before")
    assert made(tmp_path, name="after", start_from="before").settings.start_from == "before"
    other = create_study(
        checked_settings(
            {"space": "plain", "data": "digits", "start_from": str(tmp_path / "runs" / "before")}
        ),
        tmp_path / "elsewhere",
        "other",
        "digits",
    )
    assert other.settings.start_from == "../runs/before"
    assert not earlier_records(other)  # `before` is found, and has no trials yet


def saved_arrays(folder):
    data = load_data("digits")
    folder.mkdir()
    np.savez(folder / "digits.npz", x=data.train.x[:90], y=np.arange(90) % 3)
    return folder / "digits.npz"


def test_moved_data_are_given_to_resume_and_recorded(tmp_path):
    file = saved_arrays(tmp_path / "old")
    study = made(tmp_path, data=file)
    (tmp_path / "old").rename(tmp_path / "new")
    moved = check_data_unchanged(study, str(tmp_path / "new" / "digits.npz"))
    assert moved.settings.data == str(tmp_path / "new" / "digits.npz")
    assert Study(study.path).settings == moved.settings


def test_other_data_given_to_resume_are_refused_and_not_recorded(tmp_path):
    study = made(tmp_path, data=saved_arrays(tmp_path / "old"))
    with pytest.raises(StudyError, match=f"the data in digits have changed since {study.name} began"):
        check_data_unchanged(study, "digits")
    assert Study(study.path).settings == study.settings


def test_without_the_data_the_copy_in_the_runs_folder_is_used_and_named(tmp_path, caplog):
    file = saved_arrays(tmp_path / "old")
    study = made(tmp_path, data=file)
    file.unlink()
    assert check_data_unchanged(study) == study
    assert caplog.messages == [f"{file}: not found; the copy in {study.data_folder} is used"]


def test_without_the_data_and_a_copy_the_message_names_the_option(tmp_path):
    file = saved_arrays(tmp_path / "old")
    study = made(tmp_path, data=file)
    file.unlink()
    shutil.rmtree(study.data_folder)
    with pytest.raises(StudyError, match=r"give them with --data$"):
        check_data_unchanged(study)


def test_arrays_from_python_can_be_given_again(tmp_path):
    data = load_data("digits")
    x, y = data.train.x[:90], np.arange(90) % 3
    study = create_study(
        checked_settings({"space": "plain", "data": IN_MEMORY}), tmp_path / "runs", None, (x, y)
    )
    shutil.rmtree(study.data_folder)
    with pytest.raises(StudyError, match=r"its data \(<arrays>\) are not found"):
        check_data_unchanged(study)
    assert check_data_unchanged(study, (x, y)).data_folder.is_dir()


def test_the_folder_of_a_manifest_s_images_is_recorded_and_can_be_given_again(tmp_path):
    root = write_classes(tmp_path / "pictures", count=10)
    lines = [f"{path.relative_to(root)},{path.parent.name}" for path in sorted(root.glob("*/*.png"))]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *lines]))
    study = made(tmp_path, data=tmp_path / "list.csv", data_root=str(root))
    assert study.settings.data_root == str(root)
    root.rename(tmp_path / "moved")
    moved = check_data_unchanged(study, data_root=str(tmp_path / "moved"))
    assert Study(study.path).settings.data_root == moved.settings.data_root == str(tmp_path / "moved")
