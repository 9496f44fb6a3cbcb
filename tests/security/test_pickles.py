"""No pickle is written: looked for in all files of a whole search, also inside the zips among them."""

import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest

from cnnsearch.training.backend import environment

pytestmark = pytest.mark.slow

SUFFIXES = (".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".pt", ".pth")
PROTOCOLS = tuple(bytes([0x80, number]) for number in range(2, pickle.HIGHEST_PROTOCOL + 1))


def contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what is in it where it is a zip: .npz and .keras are."""
    yield name, content
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for entry in archive.namelist():
                yield from contents(f"{name}/{entry}", archive.read(entry))


def is_pickle(name: str, content: bytes) -> bool:
    return name.endswith(SUFFIXES) or content.startswith(PROTOCOLS)


@pytest.fixture(scope="module")
def written(runs):
    """All that a search has written, by name."""
    files = [path for path in runs.rglob("*") if path.is_file()]
    assert {"model.keras", "weights.npz", "mlflow.db", "study.db"} <= {path.name for path in files}
    return dict(pair for path in files for pair in contents(str(path.relative_to(runs)), path.read_bytes()))


def test_no_file_of_a_search_is_a_pickle(written):
    assert [name for name, content in written.items() if is_pickle(name, content)] == []


def test_no_array_of_a_search_holds_objects(written):
    arrays = {name: content for name, content in written.items() if name.endswith(".npy")}
    assert any("weights.npz/" in name for name in arrays)
    for content in arrays.values():
        np.load(BytesIO(content), allow_pickle=False)


def test_a_pickle_would_be_found(tmp_path):
    np.savez(tmp_path / "x.npz", np.array([{}], object))
    names = [name for name, _ in contents("x.npz", (tmp_path / "x.npz").read_bytes())]
    assert names == ["x.npz", "x.npz/arr_0.npy"]
    assert is_pickle("a", pickle.dumps(1)) and is_pickle("b.joblib", b"")


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_mlflow_loads_no_pickle_in_processes_that_have_keras(backend):
    assert environment(backend)["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_mlflow_loads_no_pickle_in_any_process_of_ours():
    """Whatever the user's environment says; `cnnsearch.tracking` alone imports MLflow."""
    code = (
        "import cnnsearch.tracking, mlflow.environment_variables as variables;"
        "print(variables.MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get())"
    )
    settings = os.environ | {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
