import numpy as np
import pytest

from cnnsearch.knowledge.surrogate import Surrogate, recipe_vectors
from cnnsearch.knowledge.tables import WORST, regrets_of, tables_of
from tests.knowledge.made import finding, recipes


def test_the_best_has_no_regret_and_the_median_has_one():
    (table,) = tables_of([finding(recipes(5), lambda place: [0.5, 0.9, 0.7, 0.6, 0.8][place])])
    assert [table.regret(score) for score in (0.9, 0.8, 0.7, 0.6)] == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert table.regret(-1.0) == WORST


def test_an_objective_that_is_minimized_is_turned_around():
    losses = finding(recipes(5), lambda place: 1.0 + place, metric="validation_loss", direction="minimize")
    regrets = regrets_of([losses])
    by_recipe = dict(zip((r.identity for r in regrets.recipes), regrets.known[0], strict=True))
    assert [by_recipe[recipe.identity] for recipe in recipes(5)] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])


def test_a_loss_that_became_infinite_has_the_largest_regret():
    regrets = regrets_of([finding(recipes(6), lambda place: None if place == 3 else 0.5 + place / 10)])
    by_recipe = dict(zip((r.identity for r in regrets.recipes), regrets.known[0], strict=True))
    assert by_recipe[recipes(6)[3].identity] == WORST


@pytest.mark.parametrize("scores", [[0.5] * 5, [0.5, 0.6, 0.7]])
def test_a_study_that_tells_nothing_apart_has_no_table(scores):
    assert tables_of([finding(recipes(len(scores)), lambda place: scores[place])]) == []


def test_trials_of_another_length_are_another_table():
    own = recipes(10)
    short = finding(own[:5], lambda place: 0.1 * place, examples=1_000)
    long = finding(own[5:], lambda place: 0.5 + 0.1 * place, examples=9_000)
    merged = short.model_copy(
        update={
            "experience": short.experience.model_copy(
                update={"trials": short.experience.trials + long.experience.trials}
            ),
            "recipes": short.recipes | long.recipes,
        }
    )
    assert [(table.examples, len(table.scores)) for table in tables_of([merged])] == [(9_000, 5), (1_000, 5)]


def test_gaps_are_filled_within_the_range_of_regrets():
    own = recipes(30)
    regrets = regrets_of(
        [
            finding(own[:20], lambda place: place / 20, study="one"),
            finding(own[10:], lambda place: place / 20, study="two"),
        ]
    )
    gaps = np.isnan(regrets.known)
    assert gaps.sum() == 20
    assert np.isfinite(regrets.filled).all()
    assert (regrets.filled[~gaps] == regrets.known[~gaps]).all()
    assert regrets.filled.min() >= 0
    assert regrets.filled.max() <= WORST


def test_without_an_origin_its_rows_and_the_recipes_of_no_other_are_gone():
    own = recipes(12)
    regrets = regrets_of(
        [
            finding(own[:6], lambda place: place / 6, study="one", origin="here"),
            finding(own[4:], lambda place: place / 8, study="two", origin="there"),
        ]
    )
    left = regrets.without_origin("here")
    assert [table.origin for table in left.tables] == ["there"]
    assert {recipe.identity for recipe in left.recipes} == {recipe.identity for recipe in own[4:]}
    assert left.known.shape == left.filled.shape == (1, 8)


def test_the_surrogate_predicts_better_than_the_mean():
    own = recipes(120)
    vectors = recipe_vectors(own)
    depth = np.array([np.log(len(str(recipe.architecture))) for recipe in own])
    truth = (depth - depth.min()) / np.ptp(depth)
    predicted = Surrogate(vectors[:80], truth[:80]).predict(vectors[80:])
    missed = np.abs(predicted - truth[80:]).mean()
    assert missed < 0.6 * np.abs(truth[:80].mean() - truth[80:]).mean()


def test_far_from_all_recipes_the_surrogate_predicts_their_mean():
    surrogate = Surrogate(np.eye(4), np.array([0.1, 0.2, 0.3, 0.4]))
    assert surrogate.predict(np.full((1, 4), 100.0)) == pytest.approx([0.25])


def test_the_vectors_of_recipes_are_standardized_and_tell_them_apart():
    vectors = recipe_vectors(recipes(40))
    assert vectors.mean(axis=0) == pytest.approx(np.zeros(vectors.shape[1]), abs=1e-9)
    assert vectors.std(axis=0) == pytest.approx(np.ones(vectors.shape[1]))
    assert len(np.unique(vectors.round(6), axis=0)) == 40
