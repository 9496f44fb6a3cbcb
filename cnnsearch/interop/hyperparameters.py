"""KerasTuner's hyperparameters with values that are requested when a hypermodel registers them."""

import re
from collections.abc import Callable
from typing import Any

from keras_tuner.engine import hyperparameters as kt

from cnnsearch.space.domains import AnyDomain, Choice, Plain, Range

Ask = Callable[[str, AnyDomain], Plain | None]
"""Returns a value for a name and its domain; None: the default."""


class AskingHyperParameters(kt.HyperParameters):  # type: ignore[misc]
    """Hyperparameters whose values are requested one by one, as they are registered.

    No value is requested under a condition that does not hold. A copy, which KerasTuner makes for hypermodels
    that are not to be tuned, requests nothing: new hyperparameters in it have their defaults.

    Args:
        ask: Called once for each name.
    """

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    def _register(self, hyperparameter: kt.HyperParameter, overwrite: bool = False) -> Any:
        if self.is_active(hyperparameter) and hyperparameter.name not in self.values:
            self.values[hyperparameter.name] = asked(hyperparameter, self._ask)
        return super()._register(hyperparameter, overwrite)


def asked(hp: kt.HyperParameter, ask: Ask) -> Plain:
    """Return the value of a hyperparameter; the value of a fixed one is not requested."""
    if isinstance(hp, kt.Fixed):
        fixed: Plain = hp.value
        return fixed
    value = ask(qualified_name(hp), domain_of(hp))
    if value is None:
        default: Plain = hp.default
        return default
    if _is_shared_out(hp):
        value_in_range: Plain = hp.prob_to_value(float(value))
        return value_in_range
    return value


def qualified_name(hp: kt.HyperParameter) -> str:
    """Return a name that also contains the conditions by which KerasTuner distinguishes hyperparameters, in
    characters that MLflow allows: `kind:large/units`."""
    conditions = [f"{c.name}:{' or '.join(str(value) for value in c.values)}/" for c in hp.conditions]
    share = " as a share of its range" if _is_shared_out(hp) else ""
    return re.sub(r"[^\w\-. :/]", "_", "".join([*conditions, hp.name, share]))


def domain_of(hp: kt.HyperParameter) -> AnyDomain:
    """Return the domain of a hyperparameter.

    A geometric series (`sampling="log"` with a step) becomes a choice of its values. Optuna has no equivalent
    of KerasTuner's reverse_log: the requested value is the fraction of the range, from 0 to 1, which
    KerasTuner converts to the value.
    """
    if isinstance(hp, kt.Boolean):
        return Choice((False, True))
    if isinstance(hp, kt.Choice):
        return _choice(hp.values)
    if _is_shared_out(hp):
        return Range(0.0, 1.0)
    if hp.step is not None and hp.sampling != "linear":
        is_integer = isinstance(hp, kt.Int)
        return _choice([int(value) if is_integer else float(value) for value in hp.values])
    is_coarse = hp.step is not None and not (isinstance(hp, kt.Int) and hp.step == 1)
    domain = Range(hp.min_value, hp.max_value, log=hp.sampling == "log", step=hp.step if is_coarse else None)
    return domain.trimmed()


def _is_shared_out(hp: kt.HyperParameter) -> bool:
    return getattr(hp, "sampling", None) == "reverse_log" and hp.step is None


def _choice(values: Any) -> Choice:
    """Return a choice of numbers in ascending order, or of other values in their own order."""
    distinct = tuple(dict.fromkeys(values))
    return Choice(distinct if isinstance(distinct[0], str | bool) else tuple(sorted(distinct)))
