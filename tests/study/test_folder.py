import pytest

from cnnsearch.errors import SettingsError, StudyError
from cnnsearch.study.folder import find_study
from tests.studies import make_study


def test_a_study_is_found_by_its_name_and_by_its_path(tmp_path):
    study = make_study(tmp_path / "runs" / "mine")
    assert find_study("mine", tmp_path / "runs") == study
    assert find_study(study.path, tmp_path / "elsewhere") == study


def test_a_missing_study_is_reported_with_the_existing_ones(tmp_path):
    make_study(tmp_path / "flowers")
    with pytest.raises(StudyError) as caught:
        find_study("flower", tmp_path)
    assert str(caught.value).startswith(f"no study 'flower' in {tmp_path} (flowers).")
    assert "flowers" in str(caught.value).partition(").")[2]


def test_a_runs_folder_may_be_missing(tmp_path):
    with pytest.raises(StudyError, match="it has none"):
        find_study("mine", tmp_path / "nowhere")


def test_the_time_taken_is_kept(tmp_path):
    study = make_study(tmp_path / "mine")
    assert study.seconds == 0.0
    study.save_progress(12.3456, study.settings)
    assert find_study("mine", tmp_path).seconds == 12.346


@pytest.mark.parametrize(
    ("file", "read", "error"),
    [
        ("study.yaml", lambda study: study.settings, SettingsError),
        ("space.yaml", lambda study: study.space, StudyError),
        ("data.json", lambda study: study.data_folder, StudyError),
        ("progress.json", lambda study: study.seconds, StudyError),
    ],
)
def test_a_damaged_file_is_named(tmp_path, file, read, error):
    study = make_study(tmp_path / "mine")
    (study.path / file).write_text("[1, 2")
    with pytest.raises(error, match=file):
        read(study)
