"""The description of an exported file, and its comparison with Keras. No Keras."""

from pydantic import BaseModel, ConfigDict

from cnnsearch.bundle.formats import ExportTarget, FormatName, Quantization


class Frozen(BaseModel):
    """A frozen value that can be converted to JSON and back."""

    model_config = ConfigDict(frozen=True)


class Latency(Frozen):
    """The latency of an exported file for one example.

    Attributes:
        median: The median, in seconds.
        p95: The 95th percentile, in seconds.
        runs: The number of timed runs, after a warm-up.
    """

    median: float
    p95: float
    runs: int


class Exported(Frozen):
    """A file that was written and compared.

    Attributes:
        source: The network.
        file: The name of the file; for SavedModel, of the folder.
        bytes: The size of the file.
        examples: The number of validation examples compared.
        largest_difference: The largest difference between its outputs and those of Keras.
        label_agreement: The share of examples with the same label.
        tolerance: The largest difference and the smallest agreement allowed.
        latency: The latency at batch 1 on this machine's CPU.
        runtime: The name and version of the runtime.
        created: The time of the export, in seconds since 1970.
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
        """The format and quantization in words."""
        return ExportTarget(self.format, self.quantization).name
