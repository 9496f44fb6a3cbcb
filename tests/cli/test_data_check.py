"""`cnnsearch data check`: what it prints, for people and for scripts, and how it exits."""

import json
import shutil

import pytest
from PIL import Image

from tests.data.annotated import coco_box, write_coco
from tests.data.check.drawings import put, three_parts, two_classes


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNSEARCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def clean(tmp_path):
    return two_classes(tmp_path / "data")


@pytest.fixture
def leaking(tmp_path):
    root = three_parts(tmp_path / "data")
    shutil.copy(root / "train" / "cat" / "2.png", root / "test" / "cat" / "copy.png")
    put(root / "train" / "cat" / "blank.png", Image.new("L", (64, 64)))
    return root


def test_clean_data_exit_with_0(cli, clean):
    found = cli("data", "check", clean)
    assert (found.status, found.err) == (0, "")
    assert "No problems found" in found.out


def test_warnings_alone_exit_with_0(cli, clean):
    shutil.copy(clean / "cat" / "3.png", clean / "cat" / "copy.png")
    found = cli("data", "check", clean)
    assert found.status == 0
    assert "warning  1 group of duplicates" in found.out


def test_a_leak_exits_with_1(cli, leaking):
    assert cli("data", "check", leaking).status == 1


def test_an_unreadable_file_exits_with_1(cli, clean):
    (clean / "cat" / "0.png").write_bytes(b"")
    found = cli("data", "check", clean)
    assert found.status == 1
    assert "cat/0.png: empty" in found.out


def test_the_worst_is_printed_first(cli, leaking):
    lines = cli("data", "check", leaking).out.splitlines()
    severities = [line.split()[0] for line in lines if line.startswith(("error", "warning", "note"))]
    assert severities == ["error", "warning"]


def test_counts_are_printed_by_class_and_part(cli, leaking):
    lines = [line.split() for line in cli("data", "check", leaking).out.splitlines()]
    assert ["class", "train", "validation", "test", "balanced", "weight"] in lines
    assert ["cat", "7", "6", "7", "0.93"] in lines


def test_the_whole_report_for_scripts(cli, leaking):
    report = json.loads(cli("data", "check", leaking, "--json").out)
    assert report["worst"] == "error"
    assert report["counts"]["train"] == {"cat": 7, "dog": 6}
    leak = report["findings"][0]
    assert leak.keys() == {"kind", "severity", "message", "count", "examples", "files"}
    assert (leak["kind"], leak["severity"], leak["count"]) == ("leak", "error", 1)
    assert leak["files"] == ["test/cat/copy.png", "train/cat/2.png"]


def test_boxes_are_counted_and_their_faults_listed(cli, tmp_path):
    path = write_coco(tmp_path, 12, bbox=lambda n: [5, 5, 0, 3] if n == 4 else coco_box(n))
    found = cli("data", "check", path)
    assert (found.status, found.err) == (1, "")
    lines = [" ".join(line.split()) for line in found.out.splitlines()]
    assert "class pictures objects" in lines and "cell 5 5" in lines and "dot 6 6" in lines
    assert "objects per picture: 0 to 1, median 1" in lines
    assert any(line.startswith("smallest box: 8 x 6 pixels (cell, images/0.png") for line in lines)
    assert any(line.startswith("error 1 box of no size") for line in lines)
    assert any(
        line.startswith("images/4.png: annotations.json: annotation 4: a box of no size") for line in lines
    )


def test_the_contact_sheet_is_written(cli, leaking, tmp_path):
    found = cli("data", "check", leaking, "--html", tmp_path / "sheet.html")
    assert found.out.splitlines()[-1] == f"page: {tmp_path / 'sheet.html'}"
    assert "test/cat/copy.png" in (tmp_path / "sheet.html").read_text()


def test_json_stays_json_with_a_contact_sheet(cli, clean, tmp_path):
    found = cli("data", "check", clean, "--json", "--html", tmp_path / "sheet.html")
    assert json.loads(found.out)["examples"] == 12


def test_a_manifest_with_columns_of_its_own(cli, clean):
    (clean / "all.csv").write_text("file,kind\ncat/0.png,cat\ndog/1000.png,dog\n")
    found = cli("data", "check", clean / "all.csv", "--columns", "path=file,label=kind", "--json")
    assert json.loads(found.out)["examples"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "cnnsearch: 'nowhere' is neither a known dataset"),
        (["digits", "--columns", "path"], "cnnsearch: --columns: found path; expected names such as"),
        (
            ["digits", "--html", "no/such/folder.html"],
            "cnnsearch: --html: found no/such/folder.html; expected",
        ),
    ],
)
def test_wrong_input_exits_with_2_and_one_message(cli, arguments, message):
    found = cli("data", "check", *arguments)
    assert (found.status, found.out) == (2, "")
    assert found.err.startswith(message)
