import numpy as np
import pytest

from cnnsearch.knowledge.surrogate import Surrogate, configuration_vectors
from cnnsearch.knowledge.tables import WORST, regrets_of, tables_of
from tests.knowledge.made import configurations, experience


def known_regrets(*experiences):
    """The measured regrets of the first experience, by the identity of the configuration."""
    regrets = regrets_of(tables_of(experiences))
    names = (spellings[0].identity for spellings in regrets.configurations)
    return dict(zip(names, regrets.known[0], strict=True))


def test_the_best_has_no_regret_and_the_median_has_one():
    (table,) = tables_of([experience(configurations(5), lambda place: [0.5, 0.9, 0.7, 0.6, 0.8][place])])
    assert [table.regret(score) for score in (0.9, 0.8, 0.7, 0.6)] == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert table.regret(-1.0) == WORST


def test_a_metric_that_is_minimized_is_turned_around():
    own = configurations(5)
    errors = experience(own, lambda place: 1.0 + place, metric="validation_mae", direction="minimize")
    found = known_regrets(errors)
    assert [found[each.identity] for each in own] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])


def test_a_loss_that_became_infinite_has_the_largest_regret():
    own = configurations(6)
    found = known_regrets(experience(own, lambda place: None if place == 3 else 0.5 + place / 10))
    assert found[own[3].identity] == WORST


def test_pruned_trainings_are_worse_than_the_median_of_all():
    own = configurations(12)
    found = known_regrets(experience(own, lambda place: 0.5 + place / 20, pruned=6))
    pruned, complete = ([found[each.identity] for each in part] for part in (own[:6], own[6:]))
    assert min(pruned) >= max(complete) == pytest.approx(1.0)
    assert complete == sorted(complete, reverse=True)


def test_what_was_trained_shorter_counts_as_pruned_in_the_table_of_longer_trainings():
    own = configurations(12)
    short = experience(own, lambda place: 0.3 + place / 30, length=1_000)
    long = experience(own[6:], lambda place: 0.6 + place / 30, length=9_000)
    merged = short.model_copy(update={"trials": short.trials + long.trials})
    longer, shorter = tables_of([merged])
    assert (longer.examples, len(longer.scores), len(longer.pruned)) == (9_000, 6, 6)
    assert (shorter.examples, len(shorter.scores), len(shorter.pruned)) == (1_000, 12, 0)
    assert (longer.is_longest, shorter.is_longest) == (True, False)


@pytest.mark.parametrize("scores", [[0.5] * 5, [0.5, 0.6, 0.7]])
def test_a_study_without_differences_or_with_few_trials_has_no_table(scores):
    assert tables_of([experience(configurations(len(scores)), lambda place: scores[place])]) == []


def test_a_study_of_few_good_ones_is_scaled_by_what_they_are_elsewhere():
    own = configurations(30)
    whole = experience(own, lambda place: 0.5 + place / 100, study="whole")
    selected = experience(own[24:], lambda place: 0.8 + place / 100, study="selected")
    alone = tables_of([selected])[0].regrets
    scaled = known_regrets(selected, whole)
    assert max(alone.values()) == pytest.approx(2.0)
    assert max(scaled[each.identity] for each in own[24:]) < 0.5
    usual = known_regrets(whole, selected)
    assert np.mean([scaled[each.identity] for each in own[24:]]) == pytest.approx(
        np.mean([usual[each.identity] for each in own[24:]])
    )


def test_gaps_are_filled_within_the_range_of_regrets():
    own = configurations(30)
    regrets = regrets_of(
        tables_of(
            [
                experience(own[:20], lambda place: place / 20, study="one"),
                experience(own[10:], lambda place: place / 20, study="two"),
            ]
        )
    )
    gaps = np.isnan(regrets.known)
    assert gaps.sum() == 20
    assert np.isfinite(regrets.filled).all()
    assert (regrets.filled[~gaps] == regrets.known[~gaps]).all()
    assert regrets.filled.min() >= 0
    assert regrets.filled.max() <= WORST


def test_a_gap_is_filled_close_to_the_regret_on_other_datasets():
    own = configurations(40)
    others = [experience(own, lambda place: 0.5 + place / 100, study=str(n)) for n in range(9)]
    part = experience(own[::2], lambda place: 0.4 + place / 50, study="part")
    regrets = regrets_of(tables_of([part, *others]))
    by_name = {spellings[0].identity: column for column, spellings in enumerate(regrets.configurations)}
    gaps = [by_name[each.identity] for each in own[1::2]]
    assert np.abs(regrets.filled[0, gaps] - regrets.known[1, gaps]).mean() < 0.2


def test_what_did_well_on_one_dataset_counts_less_than_what_did_well_on_many():
    own = configurations(20)
    studies = [
        experience(own[1:], lambda place: 0.9 if place == 0 else 0.5 + place / 100, study=str(n))
        for n in range(6)
    ]
    lucky = experience(
        [own[0], *own[2:]], lambda place: 0.9 if place == 0 else 0.5 + place / 100, study="lucky"
    )
    target = experience(own[10:], lambda place: 0.5 + place / 100, study="target")
    regrets = regrets_of(tables_of([target, *studies, lucky]))
    by_name = {spellings[0].identity: column for column, spellings in enumerate(regrets.configurations)}
    once, often = (regrets.filled[0, by_name[own[place].identity]] for place in (0, 1))
    assert once > often + 0.05


def test_a_study_in_which_most_are_the_best_tells_the_worse_ones():
    own = configurations(12)
    easy = experience(own, lambda place: 0.5 if place == 3 else 1.0)
    found = known_regrets(easy)
    assert [found[each.identity] for each in own] == [WORST if place == 3 else 0.0 for place in range(12)]
    assert tables_of([experience(own, lambda place: 1.0)]) == []


def test_of_very_many_configurations_the_best_are_compared(monkeypatch):
    monkeypatch.setattr("cnnsearch.knowledge.tables.MOST_CONFIGURATIONS", 8)
    own = configurations(12)
    regrets = regrets_of(tables_of([experience(own, lambda place: 0.5 + place / 20)]))
    assert {spellings[0].identity for spellings in regrets.configurations} == {
        each.identity for each in own[4:]
    }


def test_the_surrogate_predicts_better_than_the_mean():
    own = configurations(120)
    vectors = configuration_vectors(own)
    depth = np.array([np.log(len(str(configuration.architecture))) for configuration in own])
    truth = depth - depth[:80].mean()
    predicted = Surrogate(vectors[:80], truth[:80]).predict(vectors[80:])
    assert np.abs(predicted - truth[80:]).mean() < 0.6 * np.abs(truth[80:]).mean()


def test_far_from_all_configurations_the_surrogate_predicts_nothing():
    surrogate = Surrogate(np.eye(4), np.array([0.1, 0.2, 0.3, 0.4]))
    assert surrogate.predict(np.full((1, 4), 100.0)) == pytest.approx([0.0])


def test_the_vectors_of_configurations_are_standardized_and_distinct():
    vectors = configuration_vectors(configurations(40))
    assert vectors.mean(axis=0) == pytest.approx(np.zeros(vectors.shape[1]), abs=1e-9)
    assert vectors.std(axis=0) == pytest.approx(np.ones(vectors.shape[1]))
    assert len(np.unique(vectors.round(6), axis=0)) == 40
