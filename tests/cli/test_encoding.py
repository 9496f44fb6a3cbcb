"""Labels and file names in any script, on terminals that can show them and on terminals that cannot."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cnnsearch.report.fonts import fonts_for
from cnnsearch.report.writing import write
from cnnsearch.study.folder import Study
from tests.cli.conftest import run
from tests.search.real import TINY

CLASSES = ("猫", "قطة", "बिल्ली", "🐱", "кошка", "\U00010000")
ASCII = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]
TRAINING = ("--trials", 1, "--epochs", 1, "--finalists", 0, "--workers", 1, "--pruner", "none")


def add_pictures(folder, count):
    """Digits of each class, in a folder with a class folder for each."""
    digits = load_digits()
    for target, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for place, pixels in enumerate(digits.images[digits.target == target][:count]):
            Image.fromarray((pixels * 15.9).astype(np.uint8)).save(folder / name / f"图{place}.png")
    return folder


@pytest.fixture(scope="module")
def animals(tmp_path_factory):
    return add_pictures(tmp_path_factory.mktemp("data") / "动物", 30)


@pytest.fixture(scope="module")
def studies(animals, tmp_path_factory):
    """Two studies of these pictures, searched with output that is ASCII: what was printed, and their runs."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "tiny.yaml").write_text(TINY)
    arguments = ("search", "tiny.yaml", "--data", animals, *TRAINING)
    printed = run(*arguments, cwd=folder, PYTHONIOENCODING="ascii")
    again = run(*arguments, "--no-report", cwd=folder, **ASCII[1])
    return (printed, again), folder / "runs"


def escaped(text):
    return text.encode("ascii", "backslashreplace").decode()


def assert_is_clean(outcome):
    assert (outcome.status, outcome.err) == (0, "") and outcome.out.isascii()


@pytest.mark.parametrize("environment", ASCII)
def test_an_error_escapes_what_the_terminal_cannot_show(environment):
    outcome = run("validate", "猫.yaml", **environment)
    assert outcome.status == 2 and r"\u732b.yaml" in outcome.err and "Traceback" not in outcome.err


@pytest.mark.parametrize("environment", ASCII)
def test_help_and_messages_of_typer_are_ascii(environment):
    for arguments in (("--help",), ("spaces",), ("search", "--help")):
        assert_is_clean(run(*arguments, **environment))


@pytest.mark.parametrize("environment", ASCII)
def test_a_check_of_data_escapes_labels(animals, environment):
    outcome = run("data", "check", animals, **environment)
    assert_is_clean(outcome)
    assert all(escaped(name) in outcome.out for name in CLASSES)


@pytest.mark.parametrize("environment", ASCII)
def test_json_is_ascii_and_holds_the_labels(animals, environment):
    outcome = run("data", "check", animals, "--json", **environment)
    assert_is_clean(outcome)
    told = json.dumps(json.loads(outcome.out), ensure_ascii=False)
    assert all(name in told for name in CLASSES)


def test_a_terminal_in_utf_8_shows_labels(animals):
    outcome = run("data", "check", animals, PYTHONIOENCODING="utf-8")
    assert (outcome.status, outcome.err) == (0, "") and all(name in outcome.out for name in CLASSES)


@pytest.mark.slow
def test_a_search_prints_in_ascii_and_names_its_study_in_unicode(studies):
    printed, runs = studies
    for outcome in printed:
        assert_is_clean(outcome)
    assert {path.name for path in runs.iterdir() if path.name.startswith("tiny")} == {
        "tiny-动物",
        "tiny-动物-2",
    }


@pytest.mark.slow
def test_labels_of_a_bundle_are_kept(studies):
    labels = json.loads((studies[1] / "tiny-动物-2" / "best" / "labels.json").read_text(encoding="utf-8"))
    assert labels == sorted(CLASSES)


@pytest.mark.slow
def test_a_report_shows_labels_without_a_warning(studies, capfd):
    study = Study(studies[1] / "tiny-动物")
    page = write(study).read_text(encoding="utf-8")
    assert capfd.readouterr().err == "" and (study.path / "figures" / "confusion.png").is_file()
    assert all(name in page for name in CLASSES)
    assert all(f" {name}" in page for name in fonts_for(CLASSES).missing)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [ASCII[0], *(pytest.param(each, marks=pytest.mark.long) for each in ASCII[1:])]
)
def test_commands_on_such_a_study_print_in_ascii(studies, animals, tmp_path, environment):
    runs, picture = studies[1], animals / "猫" / "图1.png"
    for arguments in (
        ("compare", "tiny-动物", "tiny-动物-2", "--runs", runs, "--html", tmp_path / "比较.html"),
        ("trials", "tiny-动物", "--runs", runs),
        ("status", "tiny-动物", "--runs", runs, "--json"),
        ("report", "tiny-动物", "--runs", runs),
        ("sync", "tiny-动物", "--runs", runs),
        ("predict", runs / "tiny-动物", picture, "--json"),
        ("predict", runs / "tiny-动物", picture),
    ):
        assert_is_clean(run(*arguments, **environment))


@pytest.mark.slow
def test_a_csv_of_predictions_is_in_utf_8(studies, animals, tmp_path):
    path = tmp_path / "预测.csv"
    outcome = run(
        "predict", studies[1] / "tiny-动物", animals / "猫", "--csv", path, PYTHONIOENCODING="ascii"
    )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert outcome.status == 0 and len(rows) == 30
    assert all("图" in row["path"] and row["label"] in CLASSES for row in rows)
