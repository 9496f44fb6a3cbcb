import pytest

from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.advice import Wish, advise
from cnnsearch.knowledge.experience import Recipe
from cnnsearch.knowledge.words import network_words, training_words
from cnnsearch.plan.augmentation import Hue
from cnnsearch.search.rates import Rates
from cnnsearch.space import load_space
from cnnsearch.space.constraints import Constraints
from tests.knowledge.made import features, finding, known, recipes
from tests.studies import digits

OWN = recipes(12)


@pytest.fixture(autouse=True)
def by_trials(monkeypatch):
    """All trainings cost the same, so that the order follows from the scores alone."""
    monkeypatch.setattr("cnnsearch.knowledge.portfolio.EXPONENT", 0.0)


def wish(size=5, limits=None, **changes):
    summary = digits().summary
    given = {"shape": summary.input_shape, "examples": 1_079, **changes}
    return Wish(summary, features(**given), size, Constraints(limits or {}))


def rising(**more):
    return finding(OWN, lambda place: 0.5 + place / 50, **more)


def test_the_best_of_similar_datasets_comes_first():
    advice = advise(known(*(rising(study=str(n)) for n in range(3))), wish())
    identities = [each.recipe.identity for each in advice.recommendations]
    assert identities == [recipe.identity for recipe in OWN[:-6:-1]]
    first = advice.recommendations[0]
    assert first.regret == pytest.approx(0.0)
    assert (len(first.good_on), first.trained_on) == (3, 3)
    assert first.reason == "near the best on 3 of 3 datasets, as on 28x28x1, 10 outputs, 1,200 examples"
    assert first.candidate.architecture.input.shape == (8, 8, 1)
    assert first.candidate.architecture.outputs[0].channels == 10
    assert advice.sources == {"made": 3}


def test_networks_beyond_a_limit_are_left_out():
    whole = advise(known(rising()), wish(size=12)).recommendations
    limit = sorted(each.analysis.num_weights for each in whole)[5]
    small = advise(known(rising()), wish(size=12, limits={"max_weights": limit})).recommendations
    assert {each.recipe.identity for each in small} == {
        each.recipe.identity for each in whole if each.analysis.num_weights <= limit
    }
    with pytest.raises(KnowledgeError, match="none of 12 known networks fits these data and the limits"):
        advise(known(rising()), wish(limits={"max_weights": 10}))


def test_data_of_other_dimensions_say_nothing():
    signals = finding(
        recipes(6, space="signal1d", shape=(64, 1)), lambda place: place / 9, study="signals", shape=(64, 1)
    )
    assert advise(known(rising(), signals), wish()).sources == {"made": 1}
    with pytest.raises(KnowledgeError, match="no study of data with 2 spatial dimensions is known"):
        advise(known(signals), wish())


def test_nothing_is_known_from_an_empty_history():
    with pytest.raises(KnowledgeError, match="no study of data"):
        advise([], wish())


def test_another_task_only_ranks_where_there_is_no_study_of_the_same():
    other = rising(study="classes")
    advice = advise(known(other), wish(task="regression"))
    assert advice.is_of_other_task
    assert advice.recommendations[0].expected is None
    same = finding(OWN, lambda place: 0.9 - place / 50, study="numbers", task="regression")
    advice = advise(known(other, same), wish(task="regression"))
    assert not advice.is_of_other_task
    assert advice.sources == {"made": 1}
    assert advice.recommendations[0].recipe.identity == OWN[0].identity


def test_studies_of_the_same_data_decide():
    fingerprint = digits().summary.fingerprint
    own = finding(OWN, lambda place: 0.9 - place / 50, study="own", fingerprint=fingerprint)
    advice = advise(known(own, *(rising(study=str(n)) for n in range(4))), wish())
    assert advice.recommendations[0].recipe.identity == OWN[0].identity


def test_data_unlike_all_others_are_said_to_be():
    alike = [rising(study=str(n), outputs=10 + n) for n in range(4)]
    assert advise(known(*alike), wish(shape=(28, 28, 1), examples=1_200)).is_unlike is False
    distant = advise(known(*alike), wish(shape=(28, 28, 1), examples=1_000_000, outputs=500))
    assert distant.is_unlike


def test_an_augmentation_that_does_not_apply_is_left_out():
    plan = OWN[0].training.model_copy(update={"augmentation": (Hue(),)})
    colours = Recipe.model_validate({**OWN[0].model_dump(), "training": plan.model_dump()})
    tried = finding([colours, *OWN[1:6]], lambda place: 0.9 - place / 50)
    advice = advise(known(tried), wish(size=6))
    assert {each.recipe.identity for each in advice.recommendations} == {each.identity for each in OWN[1:6]}


def test_times_are_those_of_this_machine():
    given = wish()
    timed = Wish(given.summary, given.features, 5, given.limits, Rates("tensorflow", "float32"))
    assert all(each.epoch_seconds > 0 for each in advise(known(rising()), timed).recommendations)


def test_only_recipes_that_are_wanted_are_recommended():
    given = wish()
    chosen = Wish(given.summary, given.features, 5, given.limits, accepts=lambda recipe: recipe == OWN[3])
    assert [each.recipe for each in advise(known(rising()), chosen).recommendations] == [OWN[3]]


def test_a_network_in_words():
    candidate = load_space("auto").sample_random(
        0, input_shape=(32, 32, 3), num_classes=10, baseline="pooled_mid"
    )
    assert (
        network_words(candidate.architecture)
        == "conv 16, then conv+max_pool+residual 32-64-128; global_average"
    )
    assert training_words(candidate.training) == "adamw 0.006, batch 64, flip+shift"
    plain = load_space("auto").sample_random(
        0, input_shape=(32, 32, 3), num_classes=10, baseline="plain_small"
    )
    assert network_words(plain.architecture) == "conv 32-48-72; flatten, dense 64"
