"""What can be exported: formats, their files, what they need, how far they may be from Keras. No Keras."""

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
"""Modules that a format needs beside TensorFlow; the extra `export` brings them."""


class Tolerance(NamedTuple):
    """How far a file may be from Keras.

    Attributes:
        difference: Between two probabilities of the same label, at most.
        agreement: The share of examples that get the same label, at least.
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
        """Its name; SavedModel's is a folder."""
        if self.format == "litert":
            return "model.tflite" if self.quantization == "none" else f"model-{self.quantization}.tflite"
        return {"keras": "model.keras", "onnx": "model.onnx", "saved_model": "saved_model"}[self.format]

    @property
    def name(self) -> str:
        """As a person says it."""
        return self.format if self.quantization == "none" else f"{self.format} {self.quantization}"

    @property
    def tolerance(self) -> Tolerance:
        """How far it may be from Keras."""
        return TOLERANCES[self.format, self.quantization]


TOLERANCES: dict[tuple[FormatName, Quantization], Tolerance] = {
    # The same operations of the same library; threads may add in another order.
    ("keras", "none"): Tolerance(1e-5, 1.0),
    ("saved_model", "none"): Tolerance(1e-5, 0.999),
    # Float32 in other kernels. The shipped spaces' baselines differ by at most 1e-7; a network with
    # large logits multiplies that, and a thousandth decides nothing that was not a tie.
    ("onnx", "none"): Tolerance(1e-3, 0.99),
    ("litert", "none"): Tolerance(1e-3, 0.99),
    # Weights keep 11 bits, each within 0.05% of its value: a few hundredths after many layers.
    ("litert", "float16"): Tolerance(0.05, 0.98),
    # 8 bits for weights and feature maps. One example near a border may flip altogether, so labels alone are
    # judged: calibrated networks lose 1 to 2 points (Jacob et al. 2018, table 4.1), broken ones far more.
    ("litert", "int8"): Tolerance(1.0, 0.95),
}


def parse_formats(texts: list[str]) -> list[FormatName]:
    """The formats of `--format onnx --format keras,litert`, each once.

    Raises:
        SettingsError: There is no such format.
    """
    words = [word.strip() for text in texts for word in text.split(",")]
    for word in words:
        if word not in FORMATS:
            known = ", ".join(FORMATS)
            raise SettingsError(f"--format: found {word}; expected of {known}.{did_you_mean(word, FORMATS)}")
    return [known for known in FORMATS if known in words]


def parse_quantization(text: str) -> Quantization:
    """The value of `--quantize`.

    Raises:
        SettingsError: There is no such quantization.
    """
    for known in QUANTIZATIONS:
        if text == known:
            return known
    raise SettingsError(f"--quantize: found {text}; expected one of {', '.join(QUANTIZATIONS)}")


def export_targets(formats: list[FormatName], quantization: Quantization) -> list[ExportTarget]:
    """The files to write.

    Raises:
        SettingsError: A quantization is asked for, and no format that has it.
    """
    if quantization != "none" and "litert" not in formats:
        raise SettingsError(f"--quantize {quantization}: is for litert; found --format {', '.join(formats)}")
    return [ExportTarget(name, quantization if name == "litert" else "none") for name in formats]


def check_formats_installed(formats: list[FormatName]) -> None:
    """Checks that what the formats need can be imported, without importing it.

    Raises:
        MissingDependencyError: A package is missing; the message names the extra that brings it.
    """
    for name in formats:
        for module in NEEDS.get(name, ()):
            if importlib.util.find_spec(module) is None:
                raise MissingDependencyError(
                    f"--format {name} needs {module.replace('_', '-')}, which is not installed; "
                    "`pip install 'cnnsearch[export]'` brings it"
                )
