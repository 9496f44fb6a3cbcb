import pytest
from rich.console import Console

from cnnsearch.data import load_data
from cnnsearch.errors import DataError, SettingsError
from cnnsearch.search import study_data
from cnnsearch.search.launch import check_data_unchanged, create_study
from cnnsearch.search.study_data import decoding_shown, remarks
from cnnsearch.study.settings import checked_settings
from tests.data.helpers import write_classes


def made(tmp_path, data, **settings):
    chosen = {"space": "plain", "data": str(data), **settings}
    return create_study(checked_settings(chosen), tmp_path / "runs", None, data)


def test_pictures_are_decoded_to_where_the_workers_map_them(tmp_path):
    study = made(tmp_path, write_classes(tmp_path / "set"))
    assert [folder.name for folder in (tmp_path / "runs" / ".data").iterdir()] == [study.data_folder.name]


def test_bad_files_are_an_error_before_a_study_is_made(tmp_path):
    (write_classes(tmp_path / "set") / "cat" / "bad.png").touch()
    with pytest.raises(DataError, match=r"bad\.png: empty"):
        made(tmp_path, tmp_path / "set")
    assert not (tmp_path / "runs").exists()


def test_how_the_data_were_read_is_kept_for_the_resume(tmp_path):
    root = write_classes(tmp_path / "set", count=20)
    (root / "cat" / "bad.png").touch()
    lines = [f"{path.relative_to(root)},{path.parent.name},{path.stem}" for path in root.glob("*/*.png")]
    (root / "all.csv").write_text("\n".join(["file,class,number", *lines]) + "\n")
    columns = {"path": "file", "label": "class"}
    study = made(tmp_path, root / "all.csv", on_bad="skip", columns=columns, group="number")
    check_data_unchanged(study)
    assert (study.settings.columns, study.settings.group, study.settings.on_bad) == (
        columns,
        "number",
        "skip",
    )


def test_a_word_that_is_not_setting_of_the_data_is_refused():
    with pytest.raises(SettingsError, match="--split-by: found magic; expected one of random, folder"):
        checked_settings({"space": "plain", "data": "digits", "split_by": "magic"})


def test_a_number_that_is_not_one_of_those_of_a_setting_is_refused():
    with pytest.raises(SettingsError, match=r"--dims: found 7; expected one of 1, 2, 3\.$"):
        checked_settings({"space": "plain", "data": "digits", "dims": 7})


def test_a_search_describes_its_pictures(tmp_path):
    summary = load_data(write_classes(tmp_path, count=10)).summary
    assert list(remarks(summary)) == [
        "data: 12 train, 4 validation, 4 test pictures of 2 classes (classification): 6 x 8, 3 channels, "
        "values 0 to 255 (of 8-bit images)"
    ]


def test_a_search_warns_of_bad_files_and_of_copies(tmp_path):
    root = write_classes(tmp_path, count=20, color=7)
    (root / "cat" / "bad.png").touch()
    _, bad, copies = remarks(load_data(root, on_bad="skip").summary)
    assert bad == "warning: skipped files that cannot be read as images: 1"
    assert copies.startswith("warning: 8 of 8 test examples are also in train or validation")


def test_a_search_describes_its_arrays():
    assert list(remarks(load_data("digits").summary)) == [
        "data: 1,079 train, 359 validation, 359 test pictures of 10 classes (classification): 8 x 8, "
        "1 channel, values 0 to 255 (of the bits that the training split uses)"
    ]


def told(monkeypatch, is_terminal, counts):
    console = Console(record=True, force_terminal=is_terminal, width=100)
    monkeypatch.setattr(study_data, "Console", lambda **_: console)
    with decoding_shown() as tell:
        for done in range(counts):
            tell(done + 1, counts)
    return console.export_text()


def test_decoding_is_one_line_where_it_is_piped(monkeypatch):
    monkeypatch.setattr(study_data, "TOLD_AFTER", 0.0)
    assert told(monkeypatch, False, 1200).startswith("decoded 1,200 pictures in ")


def test_long_decoding_reports_its_progress_where_it_is_piped(monkeypatch):
    monkeypatch.setattr(study_data, "TOLD_EVERY", 0.0)
    assert told(monkeypatch, False, 3).splitlines() == [
        "data: read 1 of 3 pictures",
        "data: read 2 of 3 pictures",
    ]


def test_quick_decoding_is_not_worth_a_line(monkeypatch):
    monkeypatch.setattr(study_data, "TOLD_AFTER", 1e9)
    assert told(monkeypatch, False, 5) == ""


def test_decoding_is_a_bar_on_a_terminal(monkeypatch):
    assert "1200/1200" in told(monkeypatch, True, 1200)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_decoding_is_not_shown_where_output_is_quiet(monkeypatch, is_terminal):
    monkeypatch.setattr(study_data, "TOLD_AFTER", 0.0)
    monkeypatch.setattr(study_data, "is_quiet", lambda: True)
    assert told(monkeypatch, is_terminal, 1200) == ""
