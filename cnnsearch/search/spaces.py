"""The space of a search's settings, and a text that describes it: a file with overrides, or a KerasTuner
hypermodel."""

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from itertools import accumulate
from pathlib import Path

from cnnsearch.errors import SettingsError, SpaceError
from cnnsearch.space import Hypermodel, Space
from cnnsearch.space.dialect.baselines import without_replaced
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.loading import parse_space
from cnnsearch.space.dialect.overrides import overridden
from cnnsearch.space.dialect.reading import read_file
from cnnsearch.space.dialect.tree import YamlMapping, plain
from cnnsearch.space.dialect.uses import Library
from cnnsearch.space.hypermodels import hypermodel_space
from cnnsearch.space.library import find_space
from cnnsearch.study.settings import OPTIONS, Settings, dump_yaml
from cnnsearch.suggestions import did_you_mean

NOT_WITH_A_HYPERMODEL: Mapping[str, tuple[object, ...]] = {
    "objective": ("validation_loss",),
    "class_weights": (),
    "folds": (),
    "max_memory": (),
    "refit": (),
    "overrides": (),
    "start_from": (),
}
"""Settings that a hypermodel does not support, except for their defaults and these values."""


@dataclass(frozen=True)
class ChosenSpace:
    """A space, and a text from which it can be loaded."""

    space: Space
    text: str


def choose(settings: Settings) -> ChosenSpace:
    """Return the space that settings name.

    Raises:
        SpaceError: There is no such space, or it has faults.
        SettingsError: There is no such hypermodel, or a setting is not supported with one.
    """
    match settings.space:
        case Hypermodel() as hypermodel:
            return _choose_hypermodel(hypermodel, settings)
        case str() as name:
            return choose_space(name, settings.overrides)


def choose_again(name: str | Path, settings: Settings) -> ChosenSpace:
    """Return a space that replaces the one of the settings.

    Raises:
        SpaceError: There is no such space, or it has faults.
        SettingsError: The settings name a hypermodel.
    """
    if isinstance(settings.space, Hypermodel):
        raise SettingsError(
            f"--space {name}: the study searches the hypermodel {settings.space.source}, which a space "
            "cannot replace; start a new study"
        )
    return choose_space(name, settings.overrides)


def choose_space(name: str | Path, overrides: Mapping[str, str]) -> ChosenSpace:
    """Load a space with overrides, which take precedence over the values of baselines.

    Raises:
        SpaceError: There is no such space, or it has faults.
    """
    path = find_space(name)
    faults = Faults()
    tree = read_file(path, faults)
    changed = overridden(tree, overrides)
    if overrides:
        changed = _with_baselines_that_fit(changed, tree, path)
    space = parse_space(changed, path, faults)
    expanded = Library().expanded(changed, faults)
    text = path.read_text(encoding="utf-8") if expanded == tree else dump_yaml(plain(expanded))
    return ChosenSpace(space, text)


def _with_baselines_that_fit(changed: YamlMapping, tree: YamlMapping, path: Path) -> YamlMapping:
    baselines = changed.entries.get("baselines")
    if not isinstance(baselines, YamlMapping):
        return changed
    try:
        before, now = (
            parse_space(each.without("baselines"), path, Faults()).fields for each in (tree, changed)
        )
    except SpaceError:  # those of the changed space are reported later; --set may repair the others
        return changed
    fitting = without_replaced(baselines, before, now)
    return YamlMapping(changed.mark, {**changed.entries, "baselines": fitting}, changed.marks)


def _choose_hypermodel(hypermodel: Hypermodel, settings: Settings) -> ChosenSpace:
    module, _, name = hypermodel.source.partition(":")
    if not module or not name:
        raise SettingsError(
            f"--hypermodel: found '{hypermodel.source}'; expected package.module:name of a function "
            "build(hp) or of a keras_tuner.HyperModel"
        )
    _look_for(module, name, hypermodel)
    given = settings.model_dump()
    without_effect = [
        field
        for field, served in NOT_WITH_A_HYPERMODEL.items()
        if given[field] not in (Settings.model_fields[field].default, *served)
    ]
    if settings.sampler == "grid":
        without_effect.append("sampler")
    for field in without_effect:
        option = OPTIONS.get(field, f"--{field.replace('_', '-')}")
        raise SettingsError(
            f"--hypermodel: a hypermodel defines its own training; remove {option} {given[field]}, which has "
            "no effect on it"
        )
    text = f"# The networks of a hypermodel of KerasTuner\nhypermodel: {hypermodel.source}\n"
    return ChosenSpace(hypermodel_space(hypermodel), text)


def _look_for(module: str, name: str, hypermodel: Hypermodel) -> None:
    """Look for a hypermodel without importing its module, which would load Keras.

    Raises:
        SettingsError: There is no such module, or it has no such name.
    """
    given, places = f"--hypermodel {hypermodel.source}", [*sys.path, hypermodel.folder]
    spec: ModuleSpec | None = None
    for part in accumulate(module.split("."), "{}.{}".format):
        spec = PathFinder.find_spec(part, places)
        if spec is None:
            raise SettingsError(
                f"{given}: no module {part} in {hypermodel.folder or 'this folder'} or in the installed "
                "packages"
            )
        places = list(spec.submodule_search_locations or ())
    assert spec is not None
    names = _names_in(spec)
    if names is not None and name not in names:
        raise SettingsError(f"{given}: {spec.origin} has no {name}.{did_you_mean(name, names)}")


def _names_in(spec: ModuleSpec) -> set[str] | None:
    """Return the names assigned anywhere in a module's source; None if only running it shows them."""
    source = Path(spec.origin or "")
    if source.suffix != ".py":
        return None
    try:
        tree = ast.parse(source.read_bytes())
    except (SyntaxError, ValueError):
        return None  # the worker reports the error
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.ImportFrom(names=imported) | ast.Import(names=imported):
                names |= {alias.asname or alias.name for alias in imported}
    return None if names & {"*", "__getattr__"} else names
