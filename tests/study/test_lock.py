"""The lock of a study: one driver at a time, and what is said where it cannot be taken."""

import pytest

from cnnsearch.errors import StudyError
from cnnsearch.study.lock import LOCK, driving, is_driven


def test_a_study_has_one_driver_at_a_time(tmp_path):
    with driving(tmp_path):
        assert is_driven(tmp_path)
        with pytest.raises(StudyError, match=r"is already being searched by process \d+$"), driving(tmp_path):
            pass
    assert not is_driven(tmp_path)


def test_a_lock_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / LOCK).mkdir()
    expected = r"driver\.lock: cannot be written \(Is a directory\); copy the runs folder"
    with pytest.raises(StudyError, match=expected), driving(tmp_path):
        pass
