"""Two processes want to search one study."""

import pytest

from tests.faults.harm import SLOW, Search

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_second_driver_refuses_and_names_the_first(tmp_path):
    search = Search(tmp_path, "--trials 2 --epochs 1", SLOW)
    first = search.begin()
    search.wait_for(first, lambda: (search.study.path / "driver.json").exists())
    assert search.resume().wait(100) == 2
    refusal = f"cnnsearch: the study harmed is already being searched by process {first.pid}"
    assert refusal in search.said.splitlines()

    first.kill()
    first.wait()
    assert search.resume().wait(200) == 0, search.said
    assert search.study.records().counts()["complete"] == 2
