import json

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from cnnsearch.knowledge.left_out import left_out, left_out_errors, write_error_bounds
from cnnsearch.knowledge.prediction import SLOPES, ScoreModel, _bounded_slopes
from cnnsearch.knowledge.similarity import distances, far_distance, weights
from cnnsearch.knowledge.tables import tables_of
from tests.knowledge.made import configurations, experience, features

OWN = configurations(8)
ACCURACY = "validation_accuracy"


def studied(linear, *, study, noise=0.0, **more):
    """A study whose best network leaves a third of the linear model's error, its worst twice as much."""
    error = (1 - linear) / 3 * np.exp(noise)
    return experience(
        OWN, lambda place: 1 - error * (1 + place / 7), study=study, linear=linear, nearest=linear, **more
    )


@pytest.fixture(scope="module")
def studies():
    rng = np.random.default_rng(0)
    levels = np.linspace(0.3, 0.95, 20)
    return [studied(level, study=f"{level:.3f}", noise=rng.normal(0, 0.1)) for level in levels]


@pytest.fixture(scope="module")
def tables(studies):
    return tables_of(studies)


@pytest.fixture(scope="module")
def errors(studies):
    """The errors on each dataset when it is left out."""
    return np.concatenate([list(left_out_errors(*each)) for each in left_out(studies)])


@pytest.mark.parametrize("linear", [0.4, 0.6, 0.9])
def test_the_error_follows_that_of_the_landmarks(tables, linear):
    expected = ScoreModel(tables, ACCURACY, (-0.2, 0.3)).expected(
        features(linear=linear, nearest=linear), 0.0
    )
    assert 1 - expected.score == pytest.approx((1 - linear) / 3, rel=0.25)
    assert expected.low < expected.score < expected.high


def test_the_slopes_are_the_best_ones_within_their_bounds():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 5)), rng.normal(size=(20, 2))
    penalized = np.concatenate([x, np.eye(5)])
    best = [lsq_linear(penalized, np.append(target, np.zeros(5)), SLOPES.T).x for target in y.T]
    assert _bounded_slopes(x, y) == pytest.approx(np.column_stack(best), abs=1e-6)


def test_more_examples_make_no_dataset_harder(tables):
    model = ScoreModel(tables, ACCURACY, (0.0, 0.0))
    few, many = (model.expected(features(examples=examples), 0.0).score for examples in (100, 100_000))
    assert many >= few


def test_a_regret_costs_as_much_as_on_known_datasets(tables):
    model, data = ScoreModel(tables, ACCURACY, (0.0, 0.0)), features(linear=0.6, nearest=0.6)
    best, median = (model.expected(data, regret).score for regret in (0.0, 1.0))
    assert best - median == pytest.approx(0.4 / 3 * 0.5, rel=0.3)


def test_the_errors_on_datasets_that_are_left_out_are_those_of_the_noise(studies, errors):
    assert len(errors) == 5 * len(studies)
    assert np.std(errors) < 0.3
    assert abs(np.mean(errors)) < 0.1


def test_data_with_other_dimensions_tell_nothing(studies):
    signal = studied(0.5, study="signal", shape=(200, 1))
    for table, others in left_out([*studies, signal]):
        dimensions = {each.experience.dataset.dimensions for each in others.tables}
        assert dimensions == ({2} if table.origin != "signal" else set())


def test_the_bounds_hold_most_of_these_errors(studies, errors, tmp_path):
    write_error_bounds(tmp_path, studies)
    low, high = json.loads((tmp_path / "errors.json").read_text())[f"{ACCURACY}, 2 dimensions"]["quantiles"]
    assert low < 0 < high
    assert np.mean((errors >= low - 1e-4) & (errors <= high + 1e-4)) >= 0.8


def test_nothing_is_expected_from_a_few_origins_or_of_other_metrics(tables):
    assert ScoreModel(tables[:4], ACCURACY, (0.0, 0.0)).expected(features(), 0.0) is None
    assert ScoreModel(tables, "validation_mae", (0.0, 0.0)).expected(features(), 0.0) is None
    assert ScoreModel(tables, ACCURACY, None).expected(features(), 0.0) is None


def test_an_equal_dataset_counts_more_than_a_distant_one():
    near, far = tables_of([studied(0.8, study="near"), studied(0.2, study="far", outputs=2)])
    found = weights(near.experience.dataset, [near, far])
    assert found.sum() == pytest.approx(1.0)
    assert found[0] > 2 * found[1]
    assert distances(near.experience.dataset, [near, far])[0] == 0.0


def test_the_tables_of_one_origin_share_its_weight():
    pair = [studied(0.8, study=name, origin="same") for name in ("one", "two")]
    found = weights(features(linear=0.8, nearest=0.8), tables_of([*pair, studied(0.8, study="alone")]))
    assert found == pytest.approx([0.25, 0.25, 0.5])


def test_another_task_counts_less():
    pair = [studied(0.8, study="same"), studied(0.8, study="other", task="tagging")]
    found = weights(features(linear=0.8, nearest=0.8), tables_of(pair))
    assert found == pytest.approx([5 / 6, 1 / 6])


def test_a_study_of_the_same_data_outweighs_all_others():
    others = [studied(0.8, study=str(n)) for n in range(5)]
    own = studied(0.8, study="own", fingerprint="0" * 20)
    found = weights(features(linear=0.8, nearest=0.8), tables_of([*others, own]), "0" * 20)
    assert found[-1] == pytest.approx(10 / 11)


def test_far_is_farther_than_most_known_datasets_are_from_the_others():
    here = [studied(0.8, study=name, origin="here") for name in ("one", "two")]
    assert far_distance(tables_of(here)) == 1.0
    there = studied(0.1, study="three", outputs=2)
    apart = distances(there.dataset, tables_of(here)).min()
    assert far_distance(tables_of([*here, there])) == pytest.approx(apart)
