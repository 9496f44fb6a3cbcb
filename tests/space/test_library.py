from pathlib import Path

import pytest

from cnnsearch.errors import SpaceError
from cnnsearch.space.library import find_space, shipped_spaces

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(file.stem for file in (ROOT / "search_spaces").glob("*.yaml"))


def test_the_shipped_spaces_are_the_files_of_their_folder():
    assert list(shipped_spaces()) == SHIPPED


def test_a_shipped_space_is_found_by_its_name():
    assert find_space("vgg") == shipped_spaces()["vgg"]


def test_a_relative_path_starts_from_the_given_folder(tmp_path):
    (tmp_path / "mine.yaml").touch()
    assert find_space("mine.yaml", beside=tmp_path) == tmp_path / "mine.yaml"


def test_an_unknown_space_offers_the_near_names():
    with pytest.raises(SpaceError) as caught:
        find_space("lenet")
    assert str(caught.value) == (
        f"lenet: no such file or shipped space ({', '.join(SHIPPED)}). Did you mean 'lenet5'?"
    )
