"""A network that a function of the user's builds: known by that function and the values that it asked for."""

from pydantic import Field

from cnnsearch.architecture.blocks.base import Description

Plain = int | float | bool | str


class Possible(Description):
    """What a value could be: one of the choices, or in a range from low to high."""

    choices: tuple[Plain, ...] = ()
    low: int | float = 0
    high: int | float = 0
    log: bool = False
    step: int | float | None = None


class Recipe(Description):
    """How to build a network by a hypermodel of KerasTuner.

    Attributes:
        source: `package.module:name` of a function `build(hp)` or of a HyperModel.
        folder: Where modules are looked for besides the usual places.
        possible: What each value could be, by name.
        values: What was answered; whatever else is asked for has the hypermodel's default.
    """

    source: str
    folder: str = ""
    possible: dict[str, Possible] = Field({})
    values: dict[str, Plain] = Field({})

    def with_value(self, name: str, possible: Possible, value: Plain) -> "Recipe":
        """The same with one more answer."""
        changes = {"possible": {**self.possible, name: possible}, "values": {**self.values, name: value}}
        return self.model_copy(update=changes)
