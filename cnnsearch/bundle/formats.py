"""Export formats: their files, required packages, and tolerances relative to Keras. No Keras."""

import importlib.util
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from cnnsearch.errors import MissingDependencyError, SettingsError
from cnnsearch.suggestions import did_you_mean

FormatName = Literal["keras", "onnx", "saved_model", "litert"]
Quantization = Literal["none", "int8", "float16"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)
NEEDS = {"onnx": ("tf2onnx", "onnx", "onnxruntime"), "litert": ("ai_edge_litert",)}
"""Modules that a format needs besides TensorFlow; the extra `export` installs them."""


class Tolerance(NamedTuple):
    """The largest allowed deviation of a file from Keras.

    Attributes:
        difference: The largest difference between two probabilities of the same label.
        agreement: The smallest share of examples with the same label.
    """

    difference: float
    agreement: float


@dataclass(frozen=True)
class ExportTarget:
    """One file to write."""

    format: FormatName
    quantization: Quantization = "none"

    @property
    def file(self) -> str:
        """The name of the file; for SavedModel, of the folder."""
        if self.format == "litert":
            return "model.tflite" if self.quantization == "none" else f"model-{self.quantization}.tflite"
        return {"keras": "model.keras", "onnx": "model.onnx", "saved_model": "saved_model"}[self.format]

    @property
    def name(self) -> str:
        """The format and quantization in words."""
        return self.format if self.quantization == "none" else f"{self.format} {self.quantization}"

    @property
    def tolerance(self) -> Tolerance:
        """The largest allowed deviation from Keras."""
        return TOLERANCES[self.format, self.quantization]


TOLERANCES: dict[tuple[FormatName, Quantization], Tolerance] = {
    # The same operations of the same library; threads may change the order of additions.
    ("keras", "none"): Tolerance(1e-5, 1.0),
    ("saved_model", "none"): Tolerance(1e-5, 0.999),
    # Float32 with other kernels. The baselines of the shipped spaces differ by at most 1e-7; large logits
    # multiply that. A difference of 0.001 changes a label only in a near tie.
    ("onnx", "none"): Tolerance(1e-3, 0.99),
    ("litert", "none"): Tolerance(1e-3, 0.99),
    # Weights keep 11 bits, each within 0.05% of its value: a few hundredths after many layers.
    ("litert", "float16"): Tolerance(0.05, 0.98),
    # 8 bits for weights and feature maps. An example near a decision boundary may change its label, so only
    # labels are compared: calibrated networks lose 1 to 2 points (Jacob et al. 2018, table 4.1), broken ones
    # far more.
    ("litert", "int8"): Tolerance(1.0, 0.95),
}


def parse_formats(texts: list[str]) -> list[FormatName]:
    """Parse the values of `--format onnx --format keras,litert`; each format is returned once.

    Raises:
        SettingsError: A format is unknown.
    """
    words = [word.strip() for text in texts for word in text.split(",")]
    for word in words:
        if word not in FORMATS:
            formats = ", ".join(FORMATS)
            hint = did_you_mean(word, FORMATS)
            raise SettingsError(f"--format: found {word}; expected one or several of {formats}.{hint}")
    return [name for name in FORMATS if name in words]


def parse_quantization(text: str) -> Quantization:
    """Parse the value of `--quantize`.

    Raises:
        SettingsError: The quantization is unknown.
    """
    for name in QUANTIZATIONS:
        if text == name:
            return name
    raise SettingsError(f"--quantize: found {text}; expected one of {', '.join(QUANTIZATIONS)}")


def export_targets(formats: list[FormatName], quantization: Quantization) -> list[ExportTarget]:
    """Return the files to write.

    Raises:
        SettingsError: A quantization is given without a format that supports it.
    """
    if quantization != "none" and "litert" not in formats:
        found = ", ".join(formats)
        raise SettingsError(f"--quantize {quantization}: only litert supports it; found --format {found}")
    return [ExportTarget(name, quantization if name == "litert" else "none") for name in formats]


def check_formats_installed(formats: list[FormatName]) -> None:
    """Check that the packages required by the formats are installed, without importing them.

    Raises:
        MissingDependencyError: A package is missing; the message names the extra that installs it.
    """
    for name in formats:
        for module in NEEDS.get(name, ()):
            if importlib.util.find_spec(module) is None:
                raise MissingDependencyError(
                    f"--format {name} needs {module.replace('_', '-')}, which is not installed; "
                    "run `pip install 'cnnsearch[export]'`"
                )
