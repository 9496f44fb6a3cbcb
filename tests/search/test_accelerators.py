"""Which backend a search uses where none was chosen."""

import pytest

from cnnsearch.search import accelerators
from cnnsearch.search.accelerators import find_devices, with_accelerator
from cnnsearch.study.settings import checked_settings

SEARCH = {"space": "plain", "data": "digits"}
PLUGIN = "[jax_plugins]\nnothing = json\n"


@pytest.fixture
def with_plugin(tmp_path, monkeypatch):
    """An installed package that gives JAX an accelerator, as it says."""
    folder = tmp_path / "nothing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def with_gpu(with_plugin, monkeypatch):
    monkeypatch.setattr(accelerators, "find_devices", lambda backend: ("gpu:0",))


def test_the_devices_of_a_backend_are_found():
    assert find_devices("tensorflow")[0].startswith(("cpu", "gpu"))


def test_an_accelerator_of_jax_is_used(with_gpu):
    chosen = with_accelerator(checked_settings(SEARCH))

    assert chosen.backend == "jax"
    assert chosen.compared_engines == ("fit", "compiled")


@pytest.mark.parametrize("given", ({"engine": "fit"}, {"backend": "tensorflow"}))
def test_what_was_asked_for_is_kept(with_gpu, given):
    assert with_accelerator(checked_settings(SEARCH | given)).backend == "tensorflow"


def test_support_without_an_accelerator_changes_nothing(with_plugin):
    assert with_accelerator(checked_settings(SEARCH)).backend == "tensorflow"


def test_without_support_no_process_is_started(monkeypatch):
    monkeypatch.setattr(accelerators, "entry_points", lambda group: ())
    monkeypatch.setattr(accelerators, "find_devices", lambda backend: pytest.fail("started"))

    assert with_accelerator(checked_settings(SEARCH)).backend == "tensorflow"
