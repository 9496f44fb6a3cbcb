"""The `Sampler` protocol, the only interface between the driver and a sampler."""

from collections.abc import Mapping
from typing import Protocol

from cnnsearch.errors import CnnsearchError
from cnnsearch.space.candidate import Baseline
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.study.records import TrialRecord


class ExhaustedError(CnnsearchError):
    """The sampler has no further point."""


class Sampler(Protocol):
    """Proposes points, using the results of earlier ones."""

    def ask(self, number: int, baseline: Baseline | None = None) -> TrialLike:
        """Return a trial that holds the values of the next point.

        Args:
            number: The trial's number; together with the study's seed it determines what is drawn.
            baseline: Values to use instead of drawing them.

        Raises:
            ExhaustedError: There is no further point.
        """

    def adopt(self, number: int, params: Mapping[str, Plain]) -> None:
        """Add a trial of a point that was proposed before."""

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        """Return the value of one parameter of a running trial."""

    def tell(self, record: TrialRecord) -> None:
        """Add the result of a trial that has ended."""
