"""What the command line tells the exporting process, and what that answers, as JSON. No Keras."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnsearch.results.export.formats import FormatName, Quantization, Target

RECORD = "export.json"
"""Beside the exported files: what each is and how it compared."""


class Frozen(BaseModel):
    """A frozen value that goes to JSON and back."""

    model_config = ConfigDict(frozen=True)


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
    def files(self) -> list[Target]:
        """The files to write."""
        return [Target(*pair) for pair in self.targets]

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


class Latency(Frozen):
    """How long a file takes for one example.

    Attributes:
        median: Seconds.
        p95: Seconds, which 95 in 100 runs do not exceed.
        runs: How many were measured, after a warm-up.
    """

    median: float
    p95: float
    runs: int


class Exported(Frozen):
    """A file that was written and compared.

    Attributes:
        source: Which network it is.
        file: Its name; of SavedModel the folder's.
        bytes: Its size.
        examples: How many validation examples were compared.
        largest_difference: Between its probabilities and Keras's.
        label_agreement: The share of examples that get the same label.
        tolerance: The largest difference and the least agreement that were allowed.
        latency: At batch 1 on this machine's CPU.
        runtime: What it was run with, and its version.
        created: Seconds since 1970.
    """

    format: FormatName
    quantization: Quantization
    source: str
    file: str
    bytes: int
    examples: int
    largest_difference: float
    label_agreement: float
    tolerance: tuple[float, float]
    latency: Latency
    runtime: str
    created: float

    @property
    def name(self) -> str:
        """As a person says it."""
        return Target(self.format, self.quantization).name


class NotExported(Frozen):
    """A format that this network could not be brought to, and why."""

    format: FormatName
    quantization: Quantization
    reason: str

    @property
    def name(self) -> str:
        """As a person says it."""
        return Target(self.format, self.quantization).name
