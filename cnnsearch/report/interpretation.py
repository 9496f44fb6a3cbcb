"""The interpretation of the champion, computed by a process with Keras and read from its files."""

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.durations import duration
from cnnsearch.errors import CnnsearchError
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import environment

ARRAYS, NOTES = "interpretation.npz", "interpretation.json"
MOST_SECONDS = 120.0
NO_BUNDLE = "There is no bundle yet; run `cnnsearch finish` to make it."


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Feature maps at the end of a part of the network, for one example: `(*spatial, channels)`."""

    title: str
    values: NDArray[np.float32]
    channels: int


@dataclass(frozen=True, eq=False)
class HeatMap:
    """The regions of an example that raise an output, by Grad-CAM.

    Attributes:
        example: The raw example of the dataset, `(*spatial, channels)`.
        values: The heat map, `(*spatial,)` of the feature map, from 0 to 1.
        truth: The example's target, in words.
        predicted: The prediction, in words.
    """

    example: NDArray[Any]
    values: NDArray[np.float32]
    truth: str
    predicted: str


@dataclass(frozen=True, eq=False)
class Interpretation:
    """The interpretation of a network; a missing part has a reason.

    Attributes:
        filters: The first layer's kernels `(*window, channels, filters)`; None if they have size 1.
        heat_layer: The layer of Grad-CAM.
        reasons: The reason for each missing part, by `filters`, `maps` or `heats`.
    """

    filters: NDArray[np.float32] | None = None
    filters_layer: str = ""
    sample: NDArray[Any] | None = None
    sample_text: str = ""
    maps: tuple[FeatureMaps, ...] = ()
    heats: tuple[HeatMap, ...] = ()
    heat_layer: str = ""
    reasons: dict[str, str] = field(default_factory=dict)


def missing(reason: str) -> Interpretation:
    """Return an empty interpretation with one reason."""
    return Interpretation(reasons=dict.fromkeys(("filters", "maps", "heats"), reason))


@dataclass(frozen=True)
class InterpretationRequest:
    """The study whose champion is interpreted, and the folder for `write_interpretation`."""

    study: Study
    folder: Path


class InterpretationProcess:
    """The process, which runs while the rest of the report is made.

    Args:
        study: The study; without a bundle no process is started.
    """

    def __init__(self, study: Study) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cnnsearch-interpretation-"))
        self._call: Call[None] | None = None
        if (study.best / "model.keras").exists():
            self._call = Call(
                "cnnsearch.report.interpret:write",
                InterpretationRequest(study, self._folder),
                NO_ANSWER,
                environment=environment(study.settings.backend),
                keras=True,
                timeout=MOST_SECONDS,
            )

    def __enter__(self) -> "InterpretationProcess":
        return self

    def __exit__(self, *error: object) -> None:
        if self._call is not None:
            self._call.__exit__(*error)
        shutil.rmtree(self._folder, ignore_errors=True)

    def result(self) -> Interpretation:
        """Wait for the interpretation; if the process fails, return only the reason."""
        if self._call is None:
            return missing(NO_BUNDLE)
        try:
            self._call.result()
        except TimeoutError:
            return missing(f"The interpretation took more than {duration(MOST_SECONDS)}.")
        except CnnsearchError as error:
            return missing(f"The interpretation failed: {error}")
        return read_interpretation(self._folder)


def write_interpretation(interpretation: Interpretation, folder: Path) -> None:
    """Write an interpretation for `read_interpretation`."""
    arrays: dict[str, NDArray[Any]] = {f"map{n}": maps.values for n, maps in enumerate(interpretation.maps)}
    for number, heat in enumerate(interpretation.heats):
        arrays |= {f"example{number}": heat.example, f"heat{number}": heat.values}
    for name in ("filters", "sample"):
        if (array := getattr(interpretation, name)) is not None:
            arrays[name] = array
    np.savez(folder / ARRAYS, allow_pickle=False, **arrays)
    notes = {
        "filters_layer": interpretation.filters_layer,
        "sample_text": interpretation.sample_text,
        "heat_layer": interpretation.heat_layer,
        "reasons": interpretation.reasons,
        "maps": [(maps.title, maps.channels) for maps in interpretation.maps],
        "heats": [(heat.truth, heat.predicted) for heat in interpretation.heats],
    }
    (folder / NOTES).write_text(json.dumps(notes), encoding="utf-8")


def read_interpretation(folder: Path) -> Interpretation:
    """Read the files of `write_interpretation`."""
    notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    with np.load(folder / ARRAYS, allow_pickle=False) as file:
        arrays = dict(file)
    maps = [
        FeatureMaps(title, arrays[f"map{n}"], channels) for n, (title, channels) in enumerate(notes["maps"])
    ]
    heats = [
        HeatMap(arrays[f"example{n}"], arrays[f"heat{n}"], *texts) for n, texts in enumerate(notes["heats"])
    ]
    return Interpretation(
        filters=arrays.get("filters"),
        filters_layer=notes["filters_layer"],
        sample=arrays.get("sample"),
        sample_text=notes["sample_text"],
        maps=tuple(maps),
        heats=tuple(heats),
        heat_layer=notes["heat_layer"],
        reasons=notes["reasons"],
    )
