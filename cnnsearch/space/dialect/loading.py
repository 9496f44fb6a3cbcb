"""Space file -> SearchSpace; all faults of the file are reported in one message."""

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
    """Load a space from a YAML file, or a shipped space by its name.

    Raises:
        SpaceError: The space does not exist, or its file has faults; the message lists all of them.
    """
    path = find_space(path_or_name)
    faults = Faults()
    return parse_space(read_file(path, faults), path, faults)


def parse_space(tree: YamlMapping, path: FilePath, faults: Faults) -> SearchSpace:
    """Parse the tree of a space file.

    Raises:
        SpaceError: The file has faults; the message lists all of them. (Baselines name the parameters of
            the space, so they are checked only if the rest has no faults.)
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
    baselines = parse_baselines(tree.entries.get("baselines"), survey.fields, faults)
    faults.raise_if_any()
    return SearchSpace(
        name=_text(tree, "name") or path.stem,
        description=_text(tree, "description"),
        path=path,
        constraints=constraints,
        baselines=baselines,
        fields=survey.fields,
        architecture=nodes["architecture"],
        training=nodes["training"],
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
            expected = "text" if key == "description" else "letters, digits, _, - and ."
            faults.add(text, key, f"found {found(text)}; expected {expected}")


def _check_sizes(
    node: Node, survey: SurveyVisitor, places: Mapping[Path, tuple[Mark, str]], faults: Faults
) -> None:
    """Record a fault if the input size can be open but a part requires a fixed size."""
    fixed_size = [model for model in models_in(node) if getattr(model, "needs_fixed_size", False)]
    for field in survey.fields.values():
        can_be_open = field.value == "open" or (field.domain is not None and "open" in field.domain)
        if fixed_size and can_be_open and field.path[-2:] == ("input", "size"):
            name = fixed_size[0].model_fields["type"].default
            faults.add(*places[field.path], f"can be open, but {name} needs an input of fixed size")


def _check_survey(survey: SurveyVisitor, places: Mapping[Path, tuple[Mark, str]], faults: Faults) -> None:
    """Record `per_` values outside of such parts, progressions out of bounds, and duplicate names."""
    for path, kind in survey.misplaced.items():
        message = (
            f"has a value per {kind}, but a part that uses it is in no {kind}; give that part its own value"
        )
        faults.add(*places[path], message)
    for path, message in survey.beyond.items():
        faults.add(*places[path], message)
    for path in survey.clashes:
        message = "another parameter has the same name; rename one of the items"
        faults.add(*places[path], message)
