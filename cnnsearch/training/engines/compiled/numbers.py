"""The numbers by which the networks of one program may differ: dropout rates, and settings of the optimizer.

The learning rate is not among them: it differs from step to step.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras

_OF_OPTIMIZERS = ("beta_1", "beta_2", "epsilon", "momentum", "rho", "weight_decay")


class Numbers(NamedTuple):
    """The numbers of one network, or with a leading dimension those of several.

    Attributes:
        optimizer: By the attributes of the optimizer; those that are 0 are not included.
        rates: Of the dropout layers, in their order.
    """

    optimizer: Mapping[str, Any]
    rates: Sequence[Any]


def numbers_of(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Numbers:
    """Return the numbers with which a network was built."""
    settings = {name: getattr(optimizer, name, None) for name in _OF_OPTIMIZERS}
    return Numbers(
        {name: float(value) for name, value in settings.items() if value},
        [float(layer.rate) for layer in _dropouts(model)],
    )


@contextmanager
def given_numbers(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, numbers: Numbers
) -> Iterator[None]:
    """Let a network and its optimizer compute with other numbers, which may be inputs of a program."""
    settings = [(optimizer, name, value) for name, value in numbers.optimizer.items()]
    settings += [(layer, "rate", rate) for layer, rate in zip(_dropouts(model), numbers.rates, strict=True)]
    before = [getattr(owner, name) for owner, name, _ in settings]
    for owner, name, value in settings:
        object.__setattr__(owner, name, _Positive(value))
    try:
        yield
    finally:
        for (owner, name, _), value in zip(settings, before, strict=True):
            object.__setattr__(owner, name, value)


def _dropouts(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout) and layer.rate]


class _Positive:
    """An input of a program that is known to be greater than 0 and less than 1.

    Keras compares its settings with 0 and 1 to leave computations out, which an input of unknown value
    cannot decide.
    """

    def __init__(self, value: Any) -> None:
        self._value = value

    def __jax_array__(self) -> Any:
        return self._value

    def __bool__(self) -> bool:
        return True

    def __gt__(self, other: float) -> bool:
        return True

    def __rsub__(self, other: Any) -> Any:
        return other - self._value

    def __mul__(self, other: Any) -> Any:
        return self._value * other

    __rmul__ = __mul__
