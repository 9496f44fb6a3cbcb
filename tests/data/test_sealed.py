import json

import numpy as np
import pytest

from cnnsearch.data import load_data, open_test, read_ledger
from cnnsearch.errors import DataError
from tests.data.helpers import keras_arrays, write_npz


@pytest.fixture
def arrays():
    return keras_arrays(train=6, val=4, test=3)


@pytest.fixture
def dataset(tmp_path, arrays):
    return load_data(write_npz(tmp_path / "set.npz", **arrays))


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.jsonl"


def test_the_test_split_comes_back_unchanged(dataset, arrays, tmp_path, ledger):
    split = open_test(dataset.store(tmp_path), reason="finish", ledger=ledger)
    assert np.array_equal(split.x, arrays["x_test"]) and np.array_equal(split.y, arrays["y_test"])


def test_each_opening_is_one_line(dataset, tmp_path, ledger):
    folder = dataset.store(tmp_path)
    for reason in ("finish", "report"):
        open_test(folder, reason=reason, ledger=ledger)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(line["reason"], line["fingerprint"], line["examples"]) for line in lines] == [
        ("finish", dataset.summary.fingerprint, 3),
        ("report", dataset.summary.fingerprint, 3),
    ]


def test_the_ledger_reads_back_in_order(dataset, tmp_path, ledger):
    folder = dataset.store(tmp_path)
    for reason in ("first", "second"):
        open_test(folder, reason=reason, ledger=ledger)
    first, second = read_ledger(ledger)
    assert (first.reason, second.reason) == ("first", "second") and first.time <= second.time


def test_a_ledger_that_is_not_there_is_empty(ledger):
    assert read_ledger(ledger) == ()


def test_no_reason_opens_nothing(dataset, tmp_path, ledger):
    with pytest.raises(DataError, match=r"opening the test split requires a reason; found reason ' '\.$"):
        open_test(dataset.store(tmp_path), reason=" ", ledger=ledger)
    assert not ledger.exists()


def test_a_ledger_that_cannot_be_written_opens_nothing(dataset, tmp_path):
    with pytest.raises(FileNotFoundError):
        open_test(dataset.store(tmp_path), reason="finish", ledger=tmp_path / "missing" / "ledger.jsonl")


def test_a_folder_without_a_stored_dataset_is_refused(tmp_path, ledger):
    with pytest.raises(DataError, match="no stored dataset"):
        open_test(tmp_path, reason="finish", ledger=ledger)
