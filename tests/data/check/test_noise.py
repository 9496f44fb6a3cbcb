"""Candidates for a wrong label: named where neighbours speak clearly, never from a given test set."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cnnsearch.data.check import check_data

SWAPPED = 40  # labels


@pytest.fixture(scope="module")
def digits():
    """Digits of which some labels are changed: pictures, labels, and which those are."""
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.choice(len(y), SWAPPED, replace=False)
    y[wrong] = (y[wrong] + rng.integers(1, 10, SWAPPED)) % 10
    return (x * 15.9).astype(np.uint8).reshape(-1, 8, 8, 1), y, wrong


def candidates(path, **arrays):
    """The names of the label noise candidates, and how many there are."""
    np.savez(path / "data.npz", **arrays)
    found = [
        finding for finding in check_data(path / "data.npz").report.findings if finding.kind == "label_noise"
    ]
    return ([example.files[0] for example in found[0].examples], found[0].count) if found else ([], 0)


def test_most_candidates_are_wrong_labels(tmp_path, digits):
    x, y, wrong = digits
    names, count = candidates(tmp_path, x=x, y=y)
    assert SWAPPED * 0.6 < count < SWAPPED * 1.5
    assert sum(name in {f"x[{i}]" for i in wrong} for name in names) > 0.8 * len(names)


def test_a_candidate_is_shown_beside_a_neighbour_and_with_both_labels(tmp_path, digits):
    x, y, _ = digits
    np.savez(tmp_path / "data.npz", x=x, y=y)
    report = check_data(tmp_path / "data.npz").report
    [finding] = [finding for finding in report.findings if finding.kind == "label_noise"]
    assert (finding.severity, len(finding.examples[0].files)) == ("note", 2)
    assert finding.examples[0].note.startswith("label ")
    assert "10 of 10 neighbours have the label" in finding.examples[0].note


def test_nothing_is_named_where_neighbours_do_not_foretell_the_labels(tmp_path, digits):
    x, y, _ = digits
    assert candidates(tmp_path, x=x, y=np.random.default_rng(1).permutation(y) % 2) == ([], 0)


def test_a_given_test_set_is_never_looked_at(tmp_path, digits):
    x, y, wrong = digits
    right = np.setdiff1d(np.arange(len(y)), wrong)
    held = {"x_test": x[wrong], "y_test": y[wrong]}
    names, _ = candidates(tmp_path, x_train=x[right], y_train=y[right], **held)
    assert all(name.startswith("x_train[") for name in names)
