"""Wrong input: exit 2, one clear message on standard error, no traceback, and nothing half-written."""

import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import run
from tests.search.real import TINY, tiny_study
from tests.studies import every_state, make_study


@pytest.fixture
def refused(cli, tmp_path):
    """Calls a command that has to be refused; gives its message."""

    def call(*arguments):
        before = contents(tmp_path)
        outcome = cli(*arguments)
        assert outcome.status == 2, outcome
        assert outcome.out == ""
        assert outcome.err.startswith("cnnsearch: ")
        assert outcome.err.count("cnnsearch: ") == 1
        assert "Traceback" not in outcome.err
        assert contents(tmp_path) == before
        return outcome.err.removeprefix("cnnsearch: ").strip()

    return call


@pytest.fixture
def search(refused, tmp_path):
    """Calls a search that has to be refused, where nothing is wrong but what is given."""

    def call(*arguments, space="plain", data="digits"):
        return refused("search", space, "--data", data, "--runs", tmp_path / "runs", *arguments)

    return call


def contents(folder):
    found = (path for path in folder.rglob("*") if path.name != "driver.lock")  # which says nothing
    return {path: path.read_bytes() if path.is_file() else None for path in found}


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def pictures(folder, **classes):
    """A folder of class folders with so many pictures each."""
    for name, count in classes.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.full((8, 8), 10 * number, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


X, Y = np.zeros((40, 8, 8), np.uint8), np.arange(40) % 4

# Spaces


def test_an_unknown_space_is_reported_with_similar_names(search):
    message = search(space="plian")
    assert message.startswith("plian: no such file or shipped space (")
    assert message.endswith("Did you mean 'plain'?")


def test_all_faults_of_a_space_are_reported_with_their_lines(search, tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(
        "version: 1\narchitecture:\n  stages: {filtres: 8, blocks: conv}\ntraining: {batch_size: {hgih: 3}}\n"
    )
    lines = search(space=file).splitlines()
    assert any("space.yaml:3" in line and "filters" in line for line in lines)
    assert any("space.yaml:4" in line and "high" in line for line in lines)


def test_a_file_that_is_not_yaml_is_reported(search, tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text("version: [1\n")
    assert "space.yaml" in search(space=file)


def test_a_baseline_outside_its_domain_is_reported(search, tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(TINY + "baselines: {big: {stages.filters: 99}}\n")
    message = search(space=file)
    assert "space.yaml:" in message
    assert "99" in message
    assert "4, 8" in message


def test_a_missing_baseline_is_reported(refused):
    assert refused("describe", "plain", "--baseline", "smal").endswith("Did you mean 'small'?")


def test_an_override_of_an_unknown_path_is_reported(search):
    assert search("--set", "architecture.stage.repeat=2").startswith(
        "--set architecture.stage.repeat: no key stage"
    )


def test_a_network_that_does_not_fit_the_input_is_reported(refused):
    message = refused("describe", "vgg", "--sample", 0, "--input", "2x2x1")
    assert message.startswith("on input 2x2x1 ")
    assert message.endswith("try a larger --input")


# Data


def test_a_missing_data_path_is_reported(search, tmp_path):
    assert "nowhere" in search(data=tmp_path / "nowhere")


def test_an_empty_folder_is_reported(search, tmp_path):
    (tmp_path / "data").mkdir()
    assert "no class folders with images" in search(data=tmp_path / "data")


def test_a_folder_with_one_class_is_reported(search, tmp_path):
    assert "one class" in search(data=pictures(tmp_path / "data", cats=9)).replace("1 class", "one class")


def test_a_class_with_too_few_examples_is_reported(search, tmp_path):
    assert "dogs" in search(data=pictures(tmp_path / "data", cats=9, dogs=2))


def test_an_unreadable_image_is_named(search, tmp_path):
    data = pictures(tmp_path / "data", cats=9, dogs=9)
    (data / "cats" / "5.png").write_bytes(b"<html>")
    assert "5.png" in search(data=data)


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"x": X, "y": Y[:-1]}, "40"),
        ({"x": np.where(np.arange(64).reshape(8, 8) == 3, np.nan, X.astype(np.float32)), "y": Y}, "NaN"),
        ({"x": X, "y": np.where(Y == 3, np.inf, Y + 0.5)}, "train targets: found 'target' of example"),
        ({"x": X, "y": np.zeros(40, int)}, "class"),
        ({"x": X}, "y"),
    ],
    ids=["lengths", "nan", "labels", "one class", "no labels"],
)
def test_arrays_that_do_not_fit_are_reported(search, tmp_path, arrays, told):
    message = search(data=npz(tmp_path / "data.npz", **arrays))
    assert "data.npz" in message
    assert told in message


# Settings


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--sampler", "tep"), "--sampler: found tep; expected one of tpe, random, grid, nsga2, gp, cmaes."),
        (("--trials", "-3"), "--trials: found -3; input should be greater than or equal to 1"),
        (("--epochs", "0"), "--epochs: found 0; input should be greater than or equal to 1"),
        (("--timeout", "soon"), "--timeout: found soon; expected a duration above zero"),
        (("--timeout", "-5m"), "--timeout: found -5m; expected a duration above zero"),
        (("--image-size", "big"), "--image-size: found big; expected a size"),
        (("--sampler", "grid"), "--sampler grid: plain has infinitely many points"),
        (("--study", "a/b"), "--study: found 'a/b'; expected letters, digits, _, - and ."),
        (("--study", ".hidden"), "--study: found '.hidden'; expected letters"),
        (("--workers", "0"), "--workers: found 0; expected a number from 1, or auto"),
    ],
)
def test_a_wrong_setting_is_reported(search, arguments, told):
    assert search(*arguments).startswith(told)


@pytest.mark.parametrize(
    ("option", "package", "extra"),
    [(("--backend", "jax"), "jax", "cnnsearch[jax]"), (("--sampler", "gp"), "torch", "cnnsearch[gp]")],
)
def test_a_missing_package_is_reported_with_its_extra(search, monkeypatch, option, package, extra):
    monkeypatch.setitem(sys.modules, package, None)  # as where it is not installed
    assert extra in search(*option)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("search", "plain"), "Missing option '--data'"),
        (("search", "plain", "--data", "digits", "--trails", "3"), "No such option: --trails"),
        (
            ("search", "plain", "--data", "digits", "--trials", "many"),
            "'--trials': Input should be a valid integer",
        ),
        (("resume",), "Missing argument 'STUDY'"),
        (("serach",), "No such command 'serach'"),
        (("describe", "plain", "--classes", "1"), "'--classes': Input should be greater than or equal to 2"),
    ],
)
def test_wrong_usage_is_reported(cli, arguments, told):
    outcome = cli(*arguments)
    assert outcome.status == 2
    assert told in outcome.err
    assert outcome.out == ""


# Studies and folders


def test_an_existing_study_is_reported_with_the_options(search, tmp_path):
    make_study(tmp_path / "runs" / "mine")
    message = search("--study", "mine")
    assert message.startswith(f"the study 'mine' exists already in {tmp_path / 'runs'}")
    assert "`cnnsearch resume mine`" in message
    assert "another name with --study" in message


def test_a_runs_folder_that_cannot_be_written_is_reported(refused, tmp_path):
    (tmp_path / "file").touch()
    message = refused("search", "plain", "--data", "digits", "--runs", tmp_path / "file" / "runs")
    assert message == f"--runs {tmp_path / 'file' / 'runs'}: cannot be written: Not a directory"


LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from cnnsearch.cli import main
main()
"""


def test_a_full_disk_is_reported_and_leaves_no_study(tmp_path):
    arguments = ["search", "plain", "--data", "digits", "--runs", tmp_path / "runs"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"cnnsearch: --runs {tmp_path / 'runs'}: cannot be written: ")
    assert len(done.stderr.splitlines()) == 1
    assert [path for path in (tmp_path / "runs").rglob("*") if path.is_file()] == []


def test_a_missing_study_is_reported_with_similar_names(refused, tmp_path):
    make_study(tmp_path / "runs" / "flowers")
    for command in ("resume", "status", "trials", "finish"):
        assert "Did you mean 'flowers'?" in refused(command, "flower", "--runs", tmp_path / "runs")


def test_changed_data_are_reported_on_resume(refused, tmp_path):
    data = npz(tmp_path / "data.npz", x=X, y=Y)
    study = tiny_study(tmp_path, data)
    npz(data, x=X + 1, y=Y)
    message = refused("resume", study.path)
    assert message.startswith(f"the data in {data} have changed since {study.name} began (fingerprint ")
    assert message.endswith("start a new study")


@pytest.mark.parametrize("command", ["resume", "status", "trials"])
@pytest.mark.parametrize(
    "file", ["study.yaml", "trials/0000/candidate.json", "trials/0000/curve.json", "trials/0000/result.json"]
)
def test_a_damaged_file_of_a_study_is_named(refused, tmp_path, command, file):
    study = every_state(make_study(tmp_path / "mine"))
    (study.path / file).write_text('{"a": ')
    assert refused(command, study.path).startswith(f"{study.path / file}: ")


def test_a_damaged_copy_of_the_space_is_named(refused, tmp_path):
    study = make_study(tmp_path / "mine")
    (study.path / "space.yaml").write_text("version: [1\n")
    message = refused("resume", study.path)
    assert message.startswith(f"{study.path}: the study's space cannot be read: space.yaml:2: ")


def test_pages_without_a_search_are_refused(refused, tmp_path):
    assert refused("ui", "--runs", tmp_path) == f"{tmp_path} has no mlflow.db yet; run a search first"


def test_a_wrong_input_in_a_process_of_its_own(tmp_path):
    outcome = run("search", "plian", "--data", "digits", cwd=tmp_path)
    assert outcome.status == 2
    assert re.fullmatch(r"cnnsearch: plian: no such file.*\n", outcome.err)
    assert list(tmp_path.iterdir()) == []


def test_what_the_data_are_warned_of_is_noted_once(cli, tmp_path):
    data = pictures(tmp_path / "data", cats=9, dogs=2)
    (data / "cats" / "notes.txt").touch()
    outcome = cli("search", "plain", "--data", data, "--runs", tmp_path / "runs")
    notes = [line for line in outcome.err.splitlines() if line.startswith("note: ")]
    assert notes == [f"note: {data}: skipped 1 (no image (.txt)), for example cats/notes.txt"]
