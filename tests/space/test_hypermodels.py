"""A hypermodel's space: what its trials have asked for."""

from cnnsearch.architecture.recipe import Possible, Recipe
from cnnsearch.space.domains import Choice, Range
from cnnsearch.space.hypermodels import domain_of, hypermodel_space, learn, possible_of
from cnnsearch.space.trials import RandomTrial

INT, CHOICE = Possible(low=1, high=9), Possible(choices=("a", "b"))


def test_a_hypermodels_space_knows_nothing_at_first():
    assert hypermodel_space("module:build", "").parameters == {}


def test_what_trials_have_asked_for_is_known():
    known = [Recipe(source="module:build", possible={"units": INT}), Recipe(source="module:build")]
    assert hypermodel_space("module:build", "", known).parameters == {"units": Range(1, 9)}


def test_a_candidate_of_it_is_a_recipe_without_values():
    candidate = hypermodel_space("module:build", "/there").sample(
        RandomTrial(0), input_shape=(8, 8, 1), num_classes=10
    )
    assert candidate.architecture.recipe == Recipe(source="module:build", folder="/there")


def test_a_description_is_of_the_same_domain():
    for domain in (Choice((1, 2)), Choice(("a", "b")), Range(1, 9, step=2), Range(0.1, 1.0, log=True)):
        assert domain_of(Possible.model_validate_json(possible_of(domain).model_dump_json())) == domain


def test_a_range_that_moves_is_widened():
    space = hypermodel_space("module:build", "")
    assert learn(space, "units", INT) == learn(space, "units", Possible(low=4, high=20)) == ""
    assert space.parameters["units"] == Range(1, 20)


def test_other_choices_under_the_same_name_are_refused():
    space = hypermodel_space("module:build", "")
    learn(space, "kind", CHOICE)
    refused = learn(space, "kind", Possible(choices=("a", "c")))
    assert refused == "kind: found one of a, c; expected one of a, b, as it was in another trial"


def test_architectures_of_spaces_say_nothing_of_recipes():
    candidate = hypermodel_space("module:build", "").sample(
        RandomTrial(0), input_shape=(8, 8, 1), num_classes=10
    )
    plain = candidate.architecture.model_copy(update={"recipe": None})
    assert "recipe" not in plain.model_dump(mode="json")
