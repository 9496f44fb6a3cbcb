"""What the command line tells the exporting process, and what that answers, as JSON. No Keras."""

from pathlib import Path

from cnnsearch.bundle.exported import Frozen
from cnnsearch.bundle.formats import ExportTarget, FormatName, Quantization

RECORD = "export.json"
"""Beside the exported files: what each is and how it compared."""


class ExportRequest(Frozen):
    """What to export, as what, and where to.

    Attributes:
        study: The study's folder.
        trial: A trial in the champion's place.
        finalist: A trial that was trained again, with those weights.
        targets: Formats with their quantizations.
        output: The folder; None for the default.
        license: What the model card says, if anything.
    """

    study: Path
    trial: int | None = None
    finalist: int | None = None
    targets: tuple[tuple[FormatName, Quantization], ...]
    output: Path | None = None
    license: str = ""

    @property
    def files(self) -> list[ExportTarget]:
        """The files to write."""
        return [ExportTarget(*pair) for pair in self.targets]

    @property
    def source(self) -> str:
        """Which network it is: `champion`, `trial 3`, `finalist 3`."""
        if self.trial is not None:
            return f"trial {self.trial}"
        return "champion" if self.finalist is None else f"finalist {self.finalist}"

    @property
    def folder(self) -> Path:
        """Where the files go."""
        exports = self.study / "exports"
        default = exports if self.source == "champion" else exports / self.source.replace(" ", "-")
        return self.output or default


class NotExported(Frozen):
    """A format that this network could not be brought to, and why."""

    format: FormatName
    quantization: Quantization
    reason: str

    @property
    def name(self) -> str:
        """As a person says it."""
        return ExportTarget(self.format, self.quantization).name
