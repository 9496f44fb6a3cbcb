"""SearchSpace: what a space's file says, ready to be sampled; and `load_space`, which reads one."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.architecture import Architecture, Classification, Input
from cnnsearch.errors import SpaceError
from cnnsearch.space.baselines import Baseline, parse_baselines
from cnnsearch.space.candidate import Candidate, Pixels
from cnnsearch.space.constraints import Constraints, parse_constraints
from cnnsearch.space.domains import Domain, TrialLike
from cnnsearch.space.grammar import ARCHITECTURE, TRAINING
from cnnsearch.space.library import Library, find_space
from cnnsearch.space.nodes import Node, models_in
from cnnsearch.space.parsing import Parser
from cnnsearch.space.reading import Faults, Mark, Plain, Scalar, found, near, quoted, read_file
from cnnsearch.space.reading import Mapping as TreeMapping
from cnnsearch.space.survey import SpaceEntry, Survey
from cnnsearch.space.trials import GivenTrial, RandomTrial, index_trials
from cnnsearch.space.walk import Path, Walk

KEYS = ("version", "name", "description", "architecture", "training", "constraints", "baselines")
TEXTS = {"name": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*"), "description": re.compile(r"(?s).*")}
EXAMPLES = {
    1: "signals (1 spatial dimension)",
    2: "pictures (2 spatial dimensions)",
    3: "volumes (3 spatial dimensions)",
}
"""What examples of so many dimensions are."""
MANY_NAMES = 60
"""Above so many parameters Optuna's TPE takes long to ask."""


@dataclass(frozen=True)
class SearchSpace:
    """A set of networks and of ways to train them.

    Attributes:
        name: The space's name.
        description: What it is, in a sentence.
        path: The file it was read from.
        constraints: Limits that a network has to keep.
        baselines: Known points by name, each with values by parameter name.
        slots: Every place that holds a value, fixed or sampled, by name.
    """

    name: str
    description: str
    path: FilePath
    constraints: Constraints
    baselines: Mapping[str, Baseline]
    slots: Mapping[str, SpaceEntry]
    architecture: Node
    training: Node

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        """Checks that everything the space could build or do serves examples of a shape.

        Args:
            input_shape: `(*spatial, channels)` of one example.

        Raises:
            SpaceError: Something serves other dimensions or channels only; the message names it.
        """
        dimensions, channels = len(input_shape) - 1, input_shape[-1]
        for model in models_in(self.architecture, self.training):
            served = getattr(model, "dimensions", (dimensions,))
            word = model.model_fields["type"].default if "type" in model.model_fields else ""
            if dimensions not in served:
                told, given = " or ".join(EXAMPLES[number] for number in served), EXAMPLES[dimensions]
                raise SpaceError(f"{self.name}: {word} serves {told}; the examples are {given}")
            if getattr(model, "needs_colour", False) and channels != 3:
                raise SpaceError(
                    f"{self.name}: {word} serves colours, in 3 channels; the examples' channels: {channels}"
                )

    @cached_property
    def parameters(self) -> dict[str, Domain]:
        """Everything that can be sampled, by name."""
        return {name: slot.domain for name, slot in self.slots.items() if slot.domain is not None}

    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        task: Classification | None = None,
        pixels: Pixels | None = None,
    ) -> Candidate:
        """Samples a candidate.

        Args:
            trial: Anything with Optuna's `suggest_*`.
            input_shape: `(*spatial, channels)` of one example, with one to three spatial dimensions.
            num_classes: Short for `task=Classification(num_classes=...)`.
            task: What the network is for.
            pixels: The numbers in the examples; by default those of 8-bit pictures.

        Raises:
            ValueError: Neither `num_classes` nor `task` is given.
        """
        if task is None:
            if num_classes is None:
                raise ValueError("give num_classes, or a task; found neither")
            task = Classification(num_classes=num_classes)
        walk = Walk(trial)
        parts = self.architecture.build(walk)
        given = prepared_input(tuple(input_shape), parts.pop("input", {}), pixels or Pixels())
        architecture = Architecture(
            input=given, task=task, **{k: v for k, v in parts.items() if v is not None}
        )
        return Candidate(architecture=architecture, training=self.training.build(walk), params=walk.params)

    def sample_random(
        self,
        seed: int,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        task: Classification | None = None,
        pixels: Pixels | None = None,
        baseline: str | None = None,
    ) -> Candidate:
        """Samples a candidate at random; with a baseline, only what that leaves open is random.

        Raises:
            SpaceError: There is no such baseline.
        """
        trial: TrialLike = RandomTrial(seed)
        if baseline is not None:
            trial = GivenTrial(self.encoded(self.baseline(baseline)), trial)
        return self.sample(trial, input_shape=input_shape, num_classes=num_classes, task=task, pixels=pixels)

    def baseline(self, name: str) -> Baseline:
        """A baseline's values by parameter name.

        Raises:
            SpaceError: There is no such baseline; the message offers the near names.
        """
        if name not in self.baselines:
            known = quoted(self.baselines) or "none"
            raise SpaceError(
                f"{self.name} has no baseline '{name}'; it has {known}.{near(name, self.baselines)}"
            )
        return self.baselines[name]

    def encoded(self, params: Mapping[str, Plain]) -> dict[str, Plain]:
        """Values as a trial is told them; those that are no longer in the space are left out."""
        known = self.parameters
        return {
            name: known[name].encode(v) for name, v in params.items() if name in known and v in known[name]
        }

    def points(self) -> Iterator[dict[str, Plain]]:
        """Every point of a finite space, as values by parameter name.

        Raises:
            SpaceError: The space has a continuous range; the message names it.
        """
        endless = [name for name, domain in self.parameters.items() if domain.size is None]
        if endless:
            raise SpaceError(
                f"{self.name} has endlessly many points: {quoted(endless)} is a continuous range; "
                "give it a step, or a list of values"
            )
        for trial in index_trials():
            yield self.walked(trial).params

    def estimated_points(self, samples: int = 2_000) -> float:
        """About how many points there are, a continuous range counted as one value.

        The mean over random points of the product of their parameters' sizes, which has the right
        expectation (Knuth 1975, Estimating the efficiency of backtrack programs).
        """
        sizes = {name: domain.size or 1 for name, domain in self.parameters.items()}
        walks = (self.walked(RandomTrial(seed)).params for seed in range(samples))
        return sum(math.prod(sizes[name] for name in params) for params in walks) / samples

    def walked(self, trial: TrialLike) -> Walk:
        """A pass through the whole space that keeps only the parameters."""
        walk = Walk(trial)
        self.architecture.build(walk)
        self.training.build(walk)
        return walk


def prepared_input(shape: tuple[int, ...], written: Mapping[str, Any], pixels: Pixels) -> Input:
    """The input as a space writes it, with the constants that bring the dataset's numbers to range."""
    scaling = written.get("scaling", Input.model_fields["scaling"].default)
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    if scaling == "standardize":
        scale = tuple(1.0 / math.sqrt(max(variance, 1e-12)) for variance in pixels.variances)
        offset = tuple(-mean * factor for mean, factor in zip(pixels.means, scale, strict=True))
    elif scaling != "none":
        factor, shift = _between(pixels, 0.0 if scaling == "unit" else -1.0, 1.0)
        scale, offset = (factor,), (shift,)
    return Input.model_validate({**written, "shape": shape, "scale": scale, "offset": offset})


def _between(pixels: Pixels, low: float, high: float) -> tuple[float, float]:
    factor = (high - low) / ((pixels.high - pixels.low) or 1.0)
    return factor, low - pixels.low * factor


def load_space(path_or_name: str | FilePath) -> SearchSpace:
    """Loads a space from its YAML file, or a shipped one by its name.

    Raises:
        SpaceError: There is no such space, or its file has faults; all of them are told at once.
    """
    path = find_space(path_or_name)
    faults = Faults()
    return parse_space(read_file(path, faults), path, faults)


def parse_space(tree: TreeMapping, path: FilePath, faults: Faults) -> SearchSpace:
    """Makes a space of the tree of its file.

    Raises:
        SpaceError: The file has faults; all of them are told at once. (Baselines are looked at once the
            rest is right: they name its parameters.)
    """
    _check_keys(tree, faults)
    constraints = parse_constraints(tree.entries.get("constraints"), faults)
    library = Library()
    nodes: dict[str, Node] = {}
    places: dict[Path, tuple[Mark, str]] = {}
    for root, slot in (("architecture", ARCHITECTURE), ("training", TRAINING)):
        parser = Parser(root, faults, library)
        nodes[root] = parser.parse(tree.entries.get(root, TreeMapping(tree.mark, {})), slot)
        places |= parser.places
    faults.raise_if_any()
    survey = Survey(tree.mark)
    for node in nodes.values():
        node.build(survey)
    _check_survey(survey, places, faults)
    _check_sizes(nodes["architecture"], survey, places, faults)
    faults.raise_if_any()
    baselines = parse_baselines(tree.entries.get("baselines"), survey.slots, faults)
    faults.raise_if_any()
    return SearchSpace(
        _text(tree, "name") or path.stem,
        _text(tree, "description"),
        path,
        constraints,
        baselines,
        survey.slots,
        **nodes,
    )


def _text(tree: TreeMapping, key: str) -> str:
    value = tree.entries.get(key)
    return value.text if isinstance(value, Scalar) else ""


def _check_keys(tree: TreeMapping, faults: Faults) -> None:
    for key in tree.entries:
        if key not in KEYS:
            faults.add(tree.marks[key], key, f"found '{key}'; expected {quoted(KEYS)}.{near(key, KEYS)}")
    version = tree.entries.get("version", Scalar(tree.mark, "", "nothing"))
    if not isinstance(version, Scalar) or version.text != "1":
        faults.add(version, "version", f"found {found(version)}; expected 1, the dialect's version")
    for key, rule in TEXTS.items():
        text = tree.entries.get(key, Scalar(tree.mark, "", "x"))
        if not isinstance(text, Scalar) or not rule.fullmatch(text.text):
            expected = "a text" if key == "description" else "letters, digits, _, - and ."
            faults.add(text, key, f"found {found(text)}; expected {expected}")


def _check_sizes(node: Node, survey: Survey, places: Mapping[Path, tuple[Mark, str]], faults: Faults) -> None:
    """Notes parts that need an input of fixed size where that could be open."""
    needy = [model for model in models_in(node) if getattr(model, "needs_fixed_size", False)]
    for slot in survey.slots.values():
        can_be_open = slot.value == "open" or (slot.domain is not None and "open" in slot.domain)
        if needy and can_be_open and slot.path[-2:] == ("input", "size"):
            name = needy[0].model_fields["type"].default
            faults.add(*places[slot.path], f"can be open, but {name} needs an input of fixed size")


def _check_survey(survey: Survey, places: Mapping[Path, tuple[Mark, str]], faults: Faults) -> None:
    """Notes values sampled for each of a part that they are not in, progressions that leave their bounds,
    and names given twice."""
    for path, kind in survey.misplaced.items():
        message = f"is meant for each {kind}, but a part that uses it is in no {kind}; write it there apart"
        faults.add(*places[path], message)
    for path, message in survey.beyond.items():
        faults.add(*places[path], message)
    for path in survey.clashes:
        message = "another parameter has the same name; give one of the items another name"
        faults.add(*places[path], message)
