"""The cores that this process may use."""

import pytest

from cnnsearch import cores
from cnnsearch.cores import num_cores, own_cores


@pytest.fixture
def limited(tmp_path, monkeypatch):
    """Puts files in the place of the kernel's, which say how much time the control group has."""

    def limit(**files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        monkeypatch.setattr(cores, "control_group_files", lambda *names: iter([tmp_path / next(iter(files))]))
        monkeypatch.setattr(cores, "own_cores", lambda: set(range(64)))

    return limit


def test_no_more_cores_are_counted_than_the_process_may_run_on():
    assert 1 <= num_cores() <= len(own_cores())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"max": "200000 100000\n"}, 2),
        ({"max": "150000 100000\n"}, 2),
        ({"max": "50000 100000\n"}, 1),
        ({"max": "max 100000\n"}, 64),
        ({"quota": "400000\n", "cpu.cfs_period_us": "100000\n"}, 4),
        ({"quota": "-1\n", "cpu.cfs_period_us": "100000\n"}, 64),
        ({"quota": "what is this\n"}, 64),
    ],
)
def test_a_container_has_as_many_as_it_has_the_time_of(limited, files, expected):
    limited(**files)
    assert num_cores() == expected
