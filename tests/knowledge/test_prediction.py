import numpy as np
import pytest

from cnnsearch.knowledge.prediction import ScoreModel
from cnnsearch.knowledge.similarity import distances, typical_distance, weights
from cnnsearch.knowledge.tables import tables_of
from tests.knowledge.made import features, finding, recipes

OWN = recipes(6)


def studied(linear, *, study, noise=0.0, origin="", **more):
    """A study whose best network leaves a third of the linear model's error, its median twice as much."""
    error = (1 - linear) / 3 * np.exp(noise)
    return finding(
        OWN,
        lambda place: 1 - error * (1 + place / 2.5),
        study=study,
        origin=origin,
        linear=linear,
        nearest=linear,
        **more,
    )


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    levels = np.linspace(0.3, 0.95, 12)
    return tables_of([studied(level, study=str(level), noise=rng.normal(0, 0.1)) for level in levels])


@pytest.mark.parametrize("linear", [0.4, 0.6, 0.9])
def test_the_error_follows_that_of_the_landmarks(tables, linear):
    expected = ScoreModel(tables).expected(features(linear=linear, nearest=linear), 0.0)
    assert 1 - expected.score == pytest.approx((1 - linear) / 3, rel=0.25)
    assert expected.low < expected.score < expected.high


def test_a_regret_costs_as_much_as_on_known_datasets(tables):
    model = ScoreModel(tables)
    best, median = (model.expected(features(linear=0.6, nearest=0.6), regret).score for regret in (0.0, 1.0))
    assert best - median == pytest.approx(0.4 / 3, rel=0.3)


def test_most_datasets_that_are_left_out_are_within_the_range(tables):
    within = 0
    for table in tables:
        others = [other for other in tables if other is not table]
        expected = ScoreModel(others).expected(table.experience.dataset, 0.0)
        within += expected.low <= table.best <= expected.high
    assert within >= 0.6 * len(tables)


def test_nothing_is_expected_from_a_few_origins_or_of_other_metrics(tables):
    assert ScoreModel(tables[:4]).expected(features(), 0.0) is None
    losses = [
        finding(OWN, lambda place: 1 + place, study=str(n), metric="validation_loss", direction="minimize")
        for n in range(8)
    ]
    assert ScoreModel(tables_of(losses)).expected(features(), 0.0) is None


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


def test_a_study_of_the_same_data_outweighs_all_others():
    others = [studied(0.8, study=str(n)) for n in range(5)]
    own = studied(0.8, study="own", fingerprint="content")
    found = weights(features(linear=0.8, nearest=0.8), tables_of([*others, own]), "content")
    assert found[-1] == pytest.approx(10 / 11)


def test_the_typical_distance_is_between_origins():
    here = [studied(0.8, study=name, origin="here") for name in ("one", "two")]
    assert typical_distance(tables_of(here)) == 0.0
    there = studied(0.5, study="three")
    tables = tables_of([*here, there])
    assert typical_distance(tables) == pytest.approx(
        distances(there.experience.dataset, tables_of(here)).min()
    )
