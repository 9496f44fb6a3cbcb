"""`cnnsearch predict` as its users have it."""

import csv
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import run

STUDY = "tiny-digits"


@pytest.fixture(scope="module")
def pictures(searched, tmp_path_factory):
    """Digits as files, and a broken one."""
    folder = tmp_path_factory.mktemp("pictures")
    (stored,) = (searched[1] / ".data").iterdir()
    for number, x in enumerate(np.load(stored / "x_validation.npy")[:5]):
        Image.fromarray(x[..., 0]).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def of_pictures(searched, pictures):
    """The pictures predicted, as a table and as CSV."""
    table = pictures / "answers.csv"
    done = run("predict", STUDY, pictures, "--runs", searched[1], "--top", 2, "--csv", table, "--json")
    with table.open(newline="") as file:
        return done, json.loads(done.out), list(csv.DictReader(file))


@pytest.fixture(scope="module")
def of_array(searched, array):
    """The array predicted by the bundle's folder, whose origin is not known."""
    return run("predict", searched[1] / STUDY / "best", array, "--json")


def test_a_picture_is_predicted_as_its_array_is(of_pictures, of_array):
    found = [(row["label"], row["probability"]) for row in of_pictures[1] if not row["reason"]]
    assert found == [(row["label"], row["probability"]) for row in json.loads(of_array.out)]
    assert len(found) == 5


def test_a_broken_picture_is_a_row_with_its_reason(of_pictures):
    done, rows, _ = of_pictures
    (broken,) = (row for row in rows if row["reason"])
    assert done.status == 0 and "1 of 6 examples could not be predicted" in done.err
    assert broken["path"].endswith("broken.png") and broken["label"] is None


def test_top_gives_so_many_labels_the_likeliest_first(of_pictures):
    for row in of_pictures[1]:
        if not row["reason"]:
            first, second = row["probability"], row["probability2"]
            assert first >= second and row["probability"] == first


def test_csv_has_the_same_rows(of_pictures):
    _, rows, table = of_pictures
    assert list(table[0]) == ["path", "label", "probability", "label2", "probability2", "reason"]
    assert [(row["path"], row["label"]) for row in table] == [
        (row["path"], row["label"] or "") for row in rows
    ]


def test_a_table_is_printed_where_nothing_else_is_asked_for(searched, array):
    done = run("predict", STUDY, array, "--runs", searched[1])
    assert done.status == 0 and done.err == ""
    assert [line.split()[1] for line in done.out.splitlines() if "some.npz" in line] == [
        f"{array}[{number}]" for number in range(5)
    ]


@pytest.mark.slow
def test_the_registered_champion_predicts_the_same(searched, array, of_array):
    done = run("predict", f"models:/{STUDY}@champion", array, "--runs", searched[1], "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out) == json.loads(of_array.out)


@pytest.mark.slow
def test_mlflow_s_own_command_predicts_the_same(searched, array, of_array, tmp_path):
    request, database = tmp_path / "input.json", searched[1] / "mlflow.db"
    request.write_text(json.dumps({"inputs": np.load(array)["x"].tolist()}))
    command = ["models", "predict", "-m", f"models:/{STUDY}@champion", "--env-manager", "local"]
    done = subprocess.run(
        [sys.executable, "-m", "mlflow", *command, "-i", request, "-t", "json"],
        env={**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout[done.stdout.index('{"predictions"') :])["predictions"]
    expected = [row["probability"] for row in json.loads(of_array.out)]
    np.testing.assert_allclose(np.max(answers, axis=1), expected, atol=1e-5)


def test_where_nothing_can_be_predicted_the_exit_status_is_1(searched, pictures):
    done = run("predict", STUDY, pictures / "broken.png", "--runs", searched[1])
    assert done.status == 1 and "1 of 1 examples could not be predicted" in done.err


def test_a_truncated_model_is_refused(searched, array, tmp_path):
    bundle = shutil.copytree(searched[1] / STUDY / "best", tmp_path / "best")
    (bundle / "model.keras").write_bytes((bundle / "model.keras").read_bytes()[:500])
    done = run("predict", bundle, array)
    assert done.status == 2 and done.err.count("\n") == 1
    assert "model.keras: refused as a model: not a zip archive, or a damaged one" in done.err


def test_labels_that_are_not_the_model_s_are_refused(searched, array, tmp_path):
    bundle = shutil.copytree(searched[1] / STUDY / "best", tmp_path / "best")
    (bundle / "labels.json").write_text('["a", "b"]')
    done = run("predict", bundle, array)
    assert done.status == 2 and "the names in labels.json and in the task of bundle.json differ" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "a.png"], "no study 'nothing' in "),
        (["models:/some@champion", "a.png"], "{runs}: no mlflow.db; run a search there, or"),
        (
            ["models:/some@champion", "a.png", "--tracking-uri", "http://a b"],
            "--tracking-uri: is not the address",
        ),
        (["{runs}", "a.png"], "{runs}: no bundle; expected a folder with model.keras, labels.json"),
        (
            ["nothing", "a.png", "--csv", "{runs}/gone/a.csv"],
            "--csv: found {runs}/gone/a.csv; expected a file in an existing folder",
        ),
        (
            ["nothing", "a.png", "--coco", "{runs}/gone/a.json"],
            "--coco: found {runs}/gone/a.json; expected a file in an existing folder",
        ),
        (["nothing", "a.png", "--coco", "{runs}"], "--coco: found the folder {runs}; expected a file"),
        (
            ["nothing", "a.png", "--masks", "{runs}/file"],
            "--masks: found the file {runs}/file; expected a folder",
        ),
        (
            ["nothing", "a.png", "--overlays", "{runs}/file/below"],
            "--overlays: found the file {runs}/file; expected a folder",
        ),
        (
            ["nothing", "a.png", "--masks", "{runs}/a", "--overlays", "{runs}/b/../a"],
            "--overlays: found {runs}/b/../a; expected another folder than that of --masks",
        ),
    ],
)
def test_wrong_input_is_reported_in_one_message(cli, tmp_path, arguments, message):
    (tmp_path / "file").touch()
    places = [argument.format(runs=tmp_path) for argument in arguments]
    outcome = cli("predict", *places, "--runs", tmp_path)
    assert outcome.status == 2 and outcome.out == ""
    assert outcome.err.startswith(f"cnnsearch: {message.format(runs=tmp_path)}")
    assert outcome.err.count("\n") == 1
