"""The part of a task that shows results to people."""

from dataclasses import dataclass
from typing import Any, Protocol

from cnnsearch.page.parts import Part
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.scores import Score


@dataclass(frozen=True)
class Row:
    """A row of a model card: a score, its value, and what it was measured on."""

    name: str
    value: str
    of: str


class TaskReport(Protocol):
    """Presentation of the results of a task. No Keras."""

    def result(self, score: Score, examples: int) -> str:
        """Return a sentence on the main metric on the test split, without a full stop."""

    def predicted(self, prediction: Predictions) -> str:
        """Return one example's prediction in a few words."""

    def columns(self, details: Any) -> dict[str, str]:
        """Return additional columns of the table of finalists, by title."""

    def column_notes(self) -> str:
        """Return the description of these columns in sentences; empty if there are none."""

    def parts(self, evidence: Evidence, details: Any) -> list[Part]:
        """Return figures and tables of the predictions on the test split."""

    def worst_caption(self) -> str:
        """Return the caption of the gallery of the worst predictions."""

    def rows(self, details: Any) -> list[Row]:
        """Return the rows of a model card in addition to those of the main metric."""

    def limits(self, details: Any) -> list[str]:
        """Return the limits of the network in sentences."""
