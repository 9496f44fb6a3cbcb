"""The visitor that samples a space: it suggests only the parameters that the candidate uses."""

from collections.abc import Iterable
from typing import final

from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.position import Label, Path
from cnnsearch.space.slots import ValueSlot
from cnnsearch.space.visitor import Visitor


@final
class SamplingVisitor(Visitor):
    """The visitor that builds a candidate from the values of a trial.

    Args:
        trial: Suggests the values of the parameters.

    Attributes:
        params: The sampled values by parameter name.
    """

    def __init__(self, trial: TrialLike) -> None:
        super().__init__()
        self._trial = trial
        self.params: dict[str, Plain] = {}

    def suggest(self, path: Path, kinds: Path, domain: Domain) -> Plain:
        name = self.position.name(path, kinds)
        if name not in self.params:
            self.params[name] = domain.suggest(self._trial, name)
        return self.params[name]

    def fixed(self, path: Path, kinds: Path, value: Plain) -> Plain:
        return value

    def ordinal(self, path: Path, kind: str) -> int:
        return self.position.ordinal(kind)

    def is_first(self, kind: str) -> bool:
        return self.position.is_first(kind)

    def accepts(self, path: Path, value: float, slot: ValueSlot) -> bool:
        return True  # the survey checked the largest values when the space was loaded

    def alternatives(self, chosen: str, labels: Iterable[str]) -> Iterable[str]:
        return (chosen,)

    def repeats(self, kind: str, path: Path, count: int) -> Iterable[int]:
        return self.position.repeats(kind, path, count)

    def items(self, kind: str, path: Path, labels: Iterable[Label]) -> Iterable[Label]:
        return self.position.items(kind, path, labels)
