"""A sampler or a pruner given as an instance through the Python API, instead of by name.

The settings record the class of the instance; the instance itself is in no file and must be given again on
resume.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from cnnsearch.errors import SettingsError
from cnnsearch.search.pruners import PRUNERS, Pruner
from cnnsearch.search.samplers import SAMPLERS, check_sampler
from cnnsearch.study.settings import Settings


@dataclass(frozen=True)
class Instances:
    """Instances that replace the sampler or the pruner of the settings; None: no replacement."""

    sampler: BaseSampler | None = None
    pruner: Pruner | None = None

    def check(self, settings: Settings) -> None:
        """Check that the sampler and the pruner of the settings can be made, or were given as instances.

        Raises:
            MissingDependencyError: The sampler's package is not installed.
            SettingsError: The settings record the class of an instance, and no instance was given.
        """
        if self.sampler is None:
            _check_name("sampler", settings.sampler, SAMPLERS)
            check_sampler(settings.sampler)
        if self.pruner is None:
            _check_name("pruner", settings.pruner, PRUNERS)


def without_instances(values: Mapping[str, Any]) -> tuple[dict[str, Any], Instances]:
    """Separate instances from settings.

    Args:
        values: Settings by name; `sampler` and `pruner` may be instances.

    Returns:
        The settings with the class instead of each instance, and the instances.

    Raises:
        SettingsError: A sampler or a pruner is neither a name nor an instance of the right kind.
    """
    given = {name: values[name] for name in CHECKS if not isinstance(values.get(name), str | None)}
    for name, value in given.items():
        CHECKS[name](value)
    classes = {name: f"{type(value).__module__}.{type(value).__qualname__}" for name, value in given.items()}
    return {**values, **classes}, Instances(**given)


def _check_sampler_instance(sampler: object) -> None:
    if not isinstance(sampler, BaseSampler):
        raise SettingsError(
            f"sampler: found {sampler!r}; expected one of {', '.join(SAMPLERS)}, or an instance of "
            "optuna.samplers.BaseSampler"
        )


def _check_pruner_instance(pruner: object) -> None:
    expected = (
        f"expected one of {', '.join(PRUNERS)}, or an instance with the method "
        "reason_to_stop(number, curve, others)"
    )
    if isinstance(pruner, BasePruner):
        raise SettingsError(
            f"pruner: found Optuna's {type(pruner).__name__}, which depends on an Optuna storage; "
            f"cnnsearch prunes by the recorded curves alone. Instead, {expected}"
        )
    if isinstance(pruner, type) or not isinstance(pruner, Pruner):
        raise SettingsError(f"pruner: found {pruner!r}; {expected}")


CHECKS: dict[str, Callable[[object], None]] = {
    "sampler": _check_sampler_instance,
    "pruner": _check_pruner_instance,
}
"""The settings that may be instances, with the check of each."""


def _check_name(kind: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise SettingsError(
            f"--{kind} {name}: an instance of this class can only be given in Python, by "
            f"cnnsearch.search(..., {kind}=...) or cnnsearch.search.resume(STUDY, {kind}=...); or choose one "
            f"of {', '.join(known)}"
        )
