"""KerasTuner's hyperparameters, each asked for as a hypermodel comes to it."""

import re
from collections.abc import Callable
from typing import Any

from keras_tuner.engine import hyperparameters as kt

from cnnsearch.space.domains import Choice, Domain, Plain, Range

Ask = Callable[[str, Domain], Plain | None]
"""Answers with a value for a name and what it can be; None: its default."""


class AskingHyperParameters(kt.HyperParameters):  # type: ignore[misc]
    """Hyperparameters whose values come from elsewhere, one after the other, as they are registered.

    What is under a condition that does not hold is not asked for. A copy, which KerasTuner makes for
    hypermodels that are not to be tuned, asks no more: what is new there has its default.

    Args:
        ask: Asked once for each name.
    """

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    def _register(self, hyperparameter: kt.HyperParameter, overwrite: bool = False) -> Any:
        if self.is_active(hyperparameter) and hyperparameter.name not in self.values:
            self.values[hyperparameter.name] = asked(hyperparameter, self._ask)
        return super()._register(hyperparameter, overwrite)


def asked(hp: kt.HyperParameter, ask: Ask) -> Plain:
    """The value of a hyperparameter; one that is fixed is not asked for."""
    if isinstance(hp, kt.Fixed):
        fixed: Plain = hp.value
        return fixed
    value = ask(qualified_name(hp), domain_of(hp))
    if value is None:
        default: Plain = hp.default
        return default
    if _is_shared_out(hp):
        at: Plain = hp.prob_to_value(float(value))
        return at
    return value


def qualified_name(hp: kt.HyperParameter) -> str:
    """A name that tells hyperparameters apart which KerasTuner tells apart by their conditions, in characters
    that MLflow allows: `kind:large/units`."""
    conditions = [f"{c.name}:{' or '.join(str(value) for value in c.values)}/" for c in hp.conditions]
    share = " as a share of its range" if _is_shared_out(hp) else ""
    return re.sub(r"[^\w\-. :/]", "_", "".join([*conditions, hp.name, share]))


def domain_of(hp: kt.HyperParameter) -> Domain:
    """What a hyperparameter can be.

    A geometric series (`sampling="log"` with a step) is a choice of its values. KerasTuner's reverse_log has
    no like in Optuna: asked for is the share of the range, from 0 to 1, that KerasTuner makes the value of.
    """
    if isinstance(hp, kt.Boolean):
        return Choice((False, True))
    if isinstance(hp, kt.Choice):
        return _choice(hp.values)
    if _is_shared_out(hp):
        return Range(0.0, 1.0)
    if hp.step is not None and hp.sampling != "linear":
        whole = isinstance(hp, kt.Int)
        return _choice([int(value) if whole else float(value) for value in hp.values])
    is_coarse = hp.step is not None and not (isinstance(hp, kt.Int) and hp.step == 1)
    found = Range(hp.min_value, hp.max_value, log=hp.sampling == "log", step=hp.step if is_coarse else None)
    return found.trimmed()


def _is_shared_out(hp: kt.HyperParameter) -> bool:
    return getattr(hp, "sampling", None) == "reverse_log" and hp.step is None


def _choice(values: Any) -> Choice:
    """Numbers in order, each once; words as they are given."""
    distinct = tuple(dict.fromkeys(values))
    return Choice(distinct if isinstance(distinct[0], str | bool) else tuple(sorted(distinct)))
