from dataclasses import replace

import numpy as np
import pytest

from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.ranking import Request, rank_networks
from cnnsearch.knowledge.words import network_words, training_words
from cnnsearch.plan.augmentation import Hue
from cnnsearch.search.rates import Rates
from cnnsearch.space import load_space
from cnnsearch.space.constraints import Constraints
from cnnsearch.tasks.segmentation.task import Segmentation
from tests.knowledge.made import configurations, entries, experience, features
from tests.studies import digits

OWN = configurations(12)


def request_for(size=5, limits=None, **changes):
    summary = digits().summary
    given = {"shape": summary.input_shape, "examples": 1_079, **changes}
    return Request(summary, features(**given), size, Constraints(limits or {}))


def rising(**more):
    """A study whose last configuration is the best."""
    return experience(OWN, lambda place: 0.5 + place / 50, **more)


def falling(**more):
    return experience(OWN, lambda place: 0.9 - place / 50, **more)


def identities(ranked):
    return [each.configuration.identity for each in ranked.networks]


def test_the_best_of_similar_datasets_comes_first():
    ranked = rank_networks(entries(*(rising(study=str(n)) for n in range(3))), request_for())
    assert identities(ranked) == [configuration.identity for configuration in OWN[:-6:-1]]
    first = ranked.networks[0]
    assert first.regret == pytest.approx(0.0)
    assert (len(first.good_on), first.num_trained) == (3, 3)
    assert first.reason == "near the best on 3 of 3 datasets, such as 28x28x1, 10 outputs, 1,200 examples"
    assert first.candidate.architecture.input.shape == (8, 8, 1)
    assert first.candidate.architecture.outputs[0].channels == 10
    assert ranked.studies == {"made": 3}


def test_studies_of_the_same_data_count_as_one_dataset():
    twice = [rising(study=name, fingerprint="0" * 20) for name in ("one", "two")]
    first = rank_networks(entries(*twice), request_for()).networks[0]
    assert (len(first.good_on), first.num_trained) == (1, 1)


def test_in_a_search_with_a_time_limit_a_gain_is_divided_by_the_predicted_seconds():
    equal = entries(experience(OWN, lambda place: 0.9 if place % 2 else 0.5))
    request = request_for(size=12, examples=100_000)
    ranked = rank_networks(equal, request)
    timed = rank_networks(equal, replace(request, is_timed=True))
    macs = {each.configuration.identity: each.analysis.macs for each in ranked.networks}
    good = sorted(macs[configuration.identity] for configuration in OWN[1::2])
    assert timed.networks[0].analysis.macs in good[:2]
    assert identities(timed) != identities(ranked)


def test_the_order_does_not_depend_on_the_speed_of_the_machine():
    given = request_for(size=12)
    timed = Request(given.summary, given.features, 12, given.limits, Rates("tensorflow", "float32"))
    assert identities(rank_networks(entries(rising()), timed)) == identities(
        rank_networks(entries(rising()), given)
    )


def test_networks_beyond_a_limit_are_left_out():
    whole = rank_networks(entries(rising()), request_for(size=12)).networks
    limit = sorted(each.analysis.num_weights for each in whole)[5]
    small = rank_networks(entries(rising()), request_for(size=12, limits={"max_weights": limit})).networks
    assert {each.configuration.identity for each in small} == {
        each.configuration.identity for each in whole if each.analysis.num_weights <= limit
    }
    with pytest.raises(KnowledgeError, match="none of 12 known networks fits these data and the limits"):
        rank_networks(entries(rising()), request_for(limits={"max_weights": 10}))


def test_a_task_that_needs_a_decoder_is_referred_to_its_space():
    given = request_for()
    summary = given.summary.model_copy(update={"task": Segmentation.of(2)})
    with pytest.raises(
        KnowledgeError, match=r"the task segmentation needs a decoder.*search the space auto_dense"
    ):
        rank_networks(entries(rising()), replace(given, summary=summary))


def test_data_of_other_dimensions_do_not_count():
    tried = configurations(6, space="signal1d", shape=(64, 1))
    signals = experience(tried, lambda place: place / 9, study="signals", shape=(64, 1))
    assert rank_networks(entries(rising(), signals), request_for()).studies == {"made": 1}
    with pytest.raises(KnowledgeError, match="no study of data with 2 spatial dimensions is known"):
        rank_networks(entries(signals), request_for())


def test_nothing_is_known_from_an_empty_history():
    with pytest.raises(KnowledgeError, match="no study of data"):
        rank_networks([], request_for())


def test_a_study_of_the_same_task_counts_more():
    others = [rising(study=f"classes {n}") for n in range(2)]
    ranked = rank_networks(entries(*others), request_for(task="regression"))
    assert ranked.is_of_other_task
    assert ranked.networks[0].expected is None
    assert ranked.networks[0].configuration.identity == OWN[-1].identity
    same = falling(study="numbers", task="regression")
    ranked = rank_networks(entries(*others, same), request_for(task="regression"))
    assert not ranked.is_of_other_task
    assert ranked.networks[0].configuration.identity == OWN[0].identity


def test_a_small_study_of_the_same_task_does_not_hide_the_others():
    small = experience(OWN[:3], lambda place: place / 10, study="numbers", task="regression")
    ranked = rank_networks(entries(rising(), small), request_for(task="regression"))
    assert len(ranked.networks) == 5
    assert ranked.studies == {"made": 1}


def test_studies_of_the_same_data_decide():
    own = falling(study="own", fingerprint=digits().summary.fingerprint)
    ranked = rank_networks(entries(own, *(rising(study=str(n)) for n in range(4))), request_for())
    assert ranked.networks[0].configuration.identity == OWN[0].identity


def test_a_few_good_ones_that_were_tried_are_not_ranked_below_bad_ones_that_were_not():
    others = [rising(study=str(n)) for n in range(4)]
    tried = experience(
        OWN[6:], lambda place: 0.9 + place / 100, study="tried", fingerprint=digits().summary.fingerprint
    )
    ranked = rank_networks(entries(*others, tried), request_for(size=12))
    assert set(identities(ranked)[:4]) <= {configuration.identity for configuration in OWN[6:]}
    assert identities(ranked)[0] == OWN[-1].identity


def test_data_unlike_all_others_are_said_to_be():
    alike = [rising(study=str(n), outputs=10 + n) for n in range(4)]
    assert not rank_networks(entries(*alike), request_for(shape=(28, 28, 1), examples=1_200)).is_far
    assert not rank_networks(entries(alike[0]), request_for(shape=(28, 28, 1), examples=1_300)).is_far
    assert rank_networks(
        entries(*alike), request_for(shape=(28, 28, 1), examples=1_000_000, outputs=500)
    ).is_far


def test_an_augmentation_that_does_not_apply_is_left_out():
    plan = OWN[0].training.model_copy(update={"augmentation": (Hue(),)})
    colours = Configuration.model_validate({**OWN[0].model_dump(), "training": plan.model_dump()})
    tried = experience([colours, *OWN[1:6]], lambda place: 0.9 - place / 50)
    ranked = rank_networks(entries(tried), request_for(size=6))
    assert set(identities(ranked)) == {each.identity for each in OWN[1:6]}


def test_times_are_proportional_to_the_examples():
    given = request_for(size=3)
    rates = Rates("tensorflow", "float32")
    more = given.features.model_copy(update={"examples": 2 * given.features.examples})
    once, twice = (
        rank_networks(entries(rising()), Request(given.summary, each, 12, given.limits, rates)).networks
        for each in (given.features, more)
    )
    seconds = {each.configuration.identity: each.epoch_seconds for each in once}
    for each in twice:
        assert each.epoch_seconds == pytest.approx(2 * seconds[each.configuration.identity])


def test_only_configurations_that_are_wanted_are_recommended():
    given = request_for()
    wanted = Request(given.summary, given.features, 5, given.limits, accepts=lambda each: each == OWN[3])
    assert identities(rank_networks(entries(rising()), wanted)) == [OWN[3].identity]


def test_a_network_that_is_known_with_and_without_its_params_has_them():
    bare = [Configuration.model_validate({**each.model_dump(), "params": {}}) for each in OWN]
    exported = experience(bare, lambda place: 0.5 + place / 50, study="exported")
    for order in ((rising(), exported), (exported, rising())):
        ranked = rank_networks(entries(*order), request_for())
        assert all(each.configuration.params for each in ranked.networks)
        assert all(each.num_trained == 2 for each in ranked.networks)


def test_a_network_in_words():
    space, shape = load_space("auto"), (32, 32, 3)
    pooled, plain = (
        space.sample_random(0, input_shape=shape, num_classes=10, baseline=name)
        for name in ("pooled_mid", "plain_small")
    )
    expected = "conv 16, then conv+max_pool+residual 32-64-128; global_average"
    assert network_words(pooled.architecture) == expected
    assert training_words(pooled.training) == "adamw 0.006, batch 64, flip+shift"
    assert network_words(plain.architecture) == "conv 32-48-72; flatten, dense 64"


def test_regrets_are_finite_whatever_the_studies_have():
    odd = [
        experience(OWN[:6], lambda place: [0.5, None, 0.5, 0.6, 0.6, 0.61][place], study="ties"),
        experience(OWN[3:9], lambda place: 1.0 if place else 0.0, study="one bad"),
    ]
    ranked = rank_networks(entries(*odd), request_for(size=12))
    assert np.isfinite([each.regret for each in ranked.networks]).all()
