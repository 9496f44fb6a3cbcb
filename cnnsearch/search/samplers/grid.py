"""`grid`: every point of a finite space, once each."""

from collections.abc import Iterable, Mapping
from typing import Any

from cnnsearch.errors import SpaceError
from cnnsearch.search.samplers.base import ExhaustedError
from cnnsearch.space import Space
from cnnsearch.space.candidate import Baseline
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.trials import GivenTrial, RandomTrial
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings


class Grid:
    """Proposes the points of a finite space in the space's own order, without those in the records."""

    def __init__(
        self,
        settings: Settings,
        space: Space,
        records: Iterable[TrialRecord],
        earlier: Iterable[TrialRecord] = (),
    ) -> None:
        self._space = space
        self._points = space.points()
        self._tried = {self._key(record.params) for record in records}

    def ask(self, number: int, baseline: Baseline | None = None) -> TrialLike:
        for point in self._points:
            if self._key(point) not in self._tried:
                return GivenTrial(self._space.encoded(point), RandomTrial(number))
        raise ExhaustedError("every point of the space has been tried")

    def adopt(self, number: int, params: Mapping[str, Plain]) -> None:
        pass

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        raise SpaceError(f"{name}: a grid needs parameters that are known in advance")

    def tell(self, record: TrialRecord) -> None:
        self._tried.add(self._key(record.params))

    @staticmethod
    def _key(params: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(params.items()))
