"""A space's file -> SearchSpace: reads it, checks it as a whole, and reports all of its faults at once."""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath

from cnnsearch.space.dialect.baselines import parse_baselines
from cnnsearch.space.dialect.constraints import parse_constraints
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.grammar import ARCHITECTURE, TRAINING
from cnnsearch.space.dialect.parsing import Parser
from cnnsearch.space.dialect.reading import read_file
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlScalar, found
from cnnsearch.space.dialect.uses import Library
from cnnsearch.space.library import find_space
from cnnsearch.space.nodes import Node, models_in
from cnnsearch.space.position import Path
from cnnsearch.space.space import SearchSpace
from cnnsearch.space.survey import SurveyVisitor
from cnnsearch.suggestions import did_you_mean, listed

KEYS = ("version", "name", "description", "architecture", "training", "constraints", "baselines")
TEXTS = {"name": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*"), "description": re.compile(r"(?s).*")}


def load_space(path_or_name: str | FilePath) -> SearchSpace:
    """Loads a space from its YAML file, or a shipped one by its name.

    Raises:
        SpaceError: There is no such space, or its file has faults; all of them are told at once.
    """
    path = find_space(path_or_name)
    faults = Faults()
    return parse_space(read_file(path, faults), path, faults)


def parse_space(tree: YamlMapping, path: FilePath, faults: Faults) -> SearchSpace:
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
        nodes[root] = parser.parse(tree.entries.get(root, YamlMapping(tree.mark, {})), slot)
        places |= parser.places
    faults.raise_if_any()
    survey = SurveyVisitor(str(tree.mark))
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


def _text(tree: YamlMapping, key: str) -> str:
    value = tree.entries.get(key)
    return value.text if isinstance(value, YamlScalar) else ""


def _check_keys(tree: YamlMapping, faults: Faults) -> None:
    for key in tree.entries:
        if key not in KEYS:
            faults.add(
                tree.marks[key],
                key,
                f"found '{key}'; expected {listed(KEYS)}.{did_you_mean(key, KEYS)}",
            )
    version = tree.entries.get("version", YamlScalar(tree.mark, "", "nothing"))
    if not isinstance(version, YamlScalar) or version.text != "1":
        faults.add(version, "version", f"found {found(version)}; expected 1, the dialect's version")
    for key, rule in TEXTS.items():
        text = tree.entries.get(key, YamlScalar(tree.mark, "", "x"))
        if not isinstance(text, YamlScalar) or not rule.fullmatch(text.text):
            expected = "a text" if key == "description" else "letters, digits, _, - and ."
            faults.add(text, key, f"found {found(text)}; expected {expected}")


def _check_sizes(
    node: Node, survey: SurveyVisitor, places: Mapping[Path, tuple[Mark, str]], faults: Faults
) -> None:
    """Notes parts that need an input of fixed size where that could be open."""
    needy = [model for model in models_in(node) if getattr(model, "needs_fixed_size", False)]
    for slot in survey.slots.values():
        can_be_open = slot.value == "open" or (slot.domain is not None and "open" in slot.domain)
        if needy and can_be_open and slot.path[-2:] == ("input", "size"):
            name = needy[0].model_fields["type"].default
            faults.add(*places[slot.path], f"can be open, but {name} needs an input of fixed size")


def _check_survey(survey: SurveyVisitor, places: Mapping[Path, tuple[Mark, str]], faults: Faults) -> None:
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
