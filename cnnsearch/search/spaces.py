"""The space that a search's settings name, and the text that gives the same one again: a file with overrides,
or a hypermodel of KerasTuner."""

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from itertools import accumulate
from pathlib import Path

from cnnsearch.errors import SettingsError, SpaceError
from cnnsearch.space import SearchSpace
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
"""Settings that a hypermodel does not serve, but for these values and the defaults."""


@dataclass(frozen=True)
class ChosenSpace:
    """A space, and the text that gives the same one again."""

    space: SearchSpace
    text: str


def choose_space(name: str | Path, overrides: Mapping[str, str]) -> ChosenSpace:
    """Loads a space with some of its values replaced; what replaces a value outranks the baselines'.

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
    whole = Library().expanded(changed, faults)
    text = path.read_text(encoding="utf-8") if whole == tree else dump_yaml(plain(whole))
    return ChosenSpace(space, text)


def _with_baselines_that_fit(changed: YamlMapping, tree: YamlMapping, path: Path) -> YamlMapping:
    baselines = changed.entries.get("baselines")
    if not isinstance(baselines, YamlMapping):
        return changed
    try:
        before, now = (
            parse_space(each.without("baselines"), path, Faults()).fields for each in (tree, changed)
        )
    except SpaceError:  # whoever parses the changed space tells; what --set mends needs no baseline left out
        return changed
    fitting = without_replaced(baselines, before, now)
    return YamlMapping(changed.mark, {**changed.entries, "baselines": fitting}, changed.marks)


def choose_hypermodel(settings: Settings) -> ChosenSpace:
    """A hypermodel's space, of which nothing is known yet.

    Raises:
        SettingsError: Another setting needs to know the networks before they are built.
    """
    module, _, name = settings.hypermodel.partition(":")
    if not module or not name:
        raise SettingsError(
            f"--hypermodel: found '{settings.hypermodel}'; expected package.module:name of a function "
            "build(hp) or of a keras_tuner.HyperModel"
        )
    _look_for(module, name, settings)
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
            f"--hypermodel trains as it says itself: {option} {given[field]} does nothing there"
        )
    space = hypermodel_space(settings.hypermodel, settings.hypermodel_folder)
    return ChosenSpace(
        space, f"# The networks of a hypermodel of KerasTuner\nhypermodel: {settings.hypermodel}\n"
    )


def _look_for(module: str, name: str, settings: Settings) -> None:
    """Looks for a hypermodel without importing its module, which would load Keras here.

    Raises:
        SettingsError: There is no such module, or it has no such name.
    """
    given, places = f"--hypermodel {settings.hypermodel}", [*sys.path, settings.hypermodel_folder]
    spec: ModuleSpec | None = None
    for part in accumulate(module.split("."), "{}.{}".format):
        spec = PathFinder.find_spec(part, places)
        if spec is None:
            raise SettingsError(
                f"{given}: no module {part} in {settings.hypermodel_folder or 'this folder'} or among the "
                "installed packages"
            )
        places = list(spec.submodule_search_locations or ())
    assert spec is not None
    known = _names_in(spec)
    if known is not None and name not in known:
        raise SettingsError(f"{given}: {spec.origin} has no {name}.{did_you_mean(name, known)}")


def _names_in(spec: ModuleSpec) -> set[str] | None:
    """The names that a module's source gives anything to, in whatever branch; None where that cannot be told
    without running it."""
    source = Path(spec.origin or "")
    if source.suffix != ".py":
        return None
    try:
        tree = ast.parse(source.read_bytes())
    except (SyntaxError, ValueError):
        return None  # the worker says what is wrong with it
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=found) | ast.ClassDef(name=found) | ast.Name(id=found, ctx=ast.Store()):
                names.add(found)
            case ast.ImportFrom(names=imported) | ast.Import(names=imported):
                names |= {alias.asname or alias.name for alias in imported}
    return None if names & {"*", "__getattr__"} else names
