"""The request to the exporting process and its answers, as JSON. No Keras."""

from pathlib import Path

from cnnsearch.bundle.exported import Frozen
from cnnsearch.bundle.formats import ExportTarget, FormatName, Quantization

RECORD = "export.json"
"""The file beside the exported files with their descriptions and comparisons."""


class ExportRequest(Frozen):
    """The network to export, the formats, and the folder.

    Attributes:
        study: The study's folder.
        trial: The number of a trial to export instead of the champion.
        finalist: The number of a finalist to export, with its best weights.
        targets: The formats with their quantizations.
        output: The folder; None for the default.
        license: The licence stated in the model card; may be empty.
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
        """The network: `champion`, `trial 3` or `finalist 3`."""
        if self.trial is not None:
            return f"trial {self.trial}"
        return "champion" if self.finalist is None else f"finalist {self.finalist}"

    @property
    def folder(self) -> Path:
        """The folder of the files."""
        exports = self.study / "exports"
        default = exports if self.source == "champion" else exports / self.source.replace(" ", "-")
        return self.output or default


class NotExported(Frozen):
    """A format to which this network could not be exported, and the reason."""

    format: FormatName
    quantization: Quantization
    reason: str

    @property
    def name(self) -> str:
        """The format and quantization in words."""
        return ExportTarget(self.format, self.quantization).name
