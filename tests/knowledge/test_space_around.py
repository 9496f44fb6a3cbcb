import pytest

from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.space_around import space_around
from cnnsearch.search.target import Target
from cnnsearch.space import Pixels, load_space
from cnnsearch.tasks.registry import short_task
from tests.knowledge.made import configurations
from tests.space.helpers import space_with

SHAPES = {
    "auto": (32, 32, 3),
    "plain": (28, 28, 1),
    "vgg": (32, 32, 3),
    "resnet": (32, 32, 3),
    "signal1d": (128, 1),
}


def target(shape):
    return Target(shape, short_task(num_classes=3), Pixels())


def written(path, own, shape):
    around = space_around(own, target(shape), path.stem, "made by a test")
    path.write_text(around.text)
    return around, load_space(path)


@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("count", [1, 4])
def test_its_baselines_are_the_networks_and_it_is_a_part_of_the_space(tmp_path, space, count):
    shape = SHAPES[space]
    own = configurations(count, start=20, space=space, shape=shape)
    around, loaded = written(tmp_path / "around.yaml", own, shape)
    assert around.configurations == tuple(own)
    assert len(loaded.baselines) == count
    made = [target(shape).random_candidate(loaded, 0, loaded.baselines[name]) for name in loaded.baselines]
    assert [Configuration.of(each).identity for each in made] == [
        configuration.identity for configuration in own
    ]
    whole = load_space(space)
    assert len(loaded.parameters) <= len(whole.parameters)
    for seed in range(10):
        point = loaded.sample_random(seed, input_shape=shape, num_classes=3).params
        shared = {name: value for name, value in point.items() if name in whole.parameters}
        assert len(whole.encoded(shared)) == len(shared)


def test_it_is_smaller_around_fewer_networks(tmp_path):
    shape = SHAPES["auto"]
    sizes = [
        written(tmp_path / f"around{count}.yaml", configurations(count, start=40), shape)[1].estimated_points(
            300
        )
        for count in (1, 30)
    ]
    assert sizes[0] < sizes[1] <= load_space("auto").estimated_points(300) * 1.5


def test_families_without_a_network_are_gone(tmp_path):
    own = [
        configuration
        for configuration in configurations(40)
        if configuration.params["architecture"] == "pooled"
    ][:2]
    _, loaded = written(tmp_path / "around.yaml", own, SHAPES["auto"])
    assert {name.partition(".")[0] for name in loaded.parameters} & {
        "vgg",
        "resnet",
        "mobile",
        "dense",
    } == set()


def test_numbers_keep_their_neighbours_and_ranges_a_margin(tmp_path):
    own = configurations(1, start=3)
    _, loaded = written(tmp_path / "around.yaml", own, SHAPES["auto"])
    (rate,) = (name for name in loaded.parameters if name.endswith("learning_rate"))
    domain, value = loaded.parameters[rate], own[0].params[rate]
    assert domain.low < value < domain.high
    assert (
        domain.low > load_space("auto").parameters[rate].low
        or domain.high < load_space("auto").parameters[rate].high
    )


def test_networks_of_no_shipped_space_are_refused():
    space = space_with("stages: {filters: [5, 7], blocks: conv}")
    own = [Configuration.of(space.sample_random(0, input_shape=(8, 8, 1), num_classes=2))]
    with pytest.raises(KnowledgeError, match="no shipped space has any"):
        space_around(own, target((8, 8, 1)), "some", "some")
