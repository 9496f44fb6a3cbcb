"""What an exported file is, and how it compared with Keras; no Keras."""

from pydantic import BaseModel, ConfigDict

from cnnsearch.bundle.formats import ExportTarget, FormatName, Quantization


class Frozen(BaseModel):
    """A frozen value that goes to JSON and back."""

    model_config = ConfigDict(frozen=True)


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
        return ExportTarget(self.format, self.quantization).name
