"""What the champion has learned: a process with Keras finds it out; here it is asked for and read."""

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import CnnsearchError
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import environment

ARRAYS, NOTES = "insight.npz", "insight.json"
MOST_SECONDS = 120.0
NO_BUNDLE = "There is no bundle yet: `cnnsearch finish` makes it."


@dataclass(frozen=True, eq=False)
class Maps:
    """Feature maps at the end of a part of the network, for one example: `(*spatial, channels)`."""

    title: str
    values: NDArray[np.float32]
    channels: int


@dataclass(frozen=True, eq=False)
class Heat:
    """Where an example speaks for a class, by Grad-CAM.

    Attributes:
        example: As the dataset holds it, `(*spatial, channels)`.
        values: `(*spatial,)` of the feature map, from 0 to 1.
    """

    example: NDArray[Any]
    values: NDArray[np.float32]
    truth: int
    predicted: int
    probability: float


@dataclass(frozen=True, eq=False)
class Insight:
    """What was found out; what could not be has its reason.

    Attributes:
        filters: The first layer's kernels `(*window, channels, filters)`; None where there are none to see.
        heat_layer: Where Grad-CAM looked.
        reasons: Why something is missing, by `filters`, `maps` or `heats`.
    """

    filters: NDArray[np.float32] | None = None
    filters_layer: str = ""
    sample: NDArray[Any] | None = None
    sample_label: int = 0
    maps: tuple[Maps, ...] = ()
    heats: tuple[Heat, ...] = ()
    heat_layer: str = ""
    reasons: dict[str, str] = field(default_factory=dict)


def missing(reason: str) -> Insight:
    """Nothing, for one reason."""
    return Insight(reasons=dict.fromkeys(("filters", "maps", "heats"), reason))


@dataclass(frozen=True)
class InsightRequest:
    """The study whose champion is looked into, and the folder for `write_insight`."""

    study: Study
    folder: Path


class InsightProcess:
    """The process, begun at once, so that the rest of the report is made meanwhile.

    Args:
        study: The study; without a bundle nothing is started.
    """

    def __init__(self, study: Study) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cnnsearch-insight-"))
        self._call: Call[None] | None = None
        if (study.best / "model.keras").exists():
            self._call = Call(
                "cnnsearch.report.looking:look_into",
                InsightRequest(study, self._folder),
                NO_ANSWER,
                environment=environment(study.settings.backend),
                keras=True,
                timeout=MOST_SECONDS,
            )

    def __enter__(self) -> "InsightProcess":
        return self

    def __exit__(self, *error: object) -> None:
        if self._call is not None:
            self._call.__exit__(*error)
        shutil.rmtree(self._folder, ignore_errors=True)

    def result(self) -> Insight:
        """Wait for what it finds out; of a process that fails, return only the reason."""
        if self._call is None:
            return missing(NO_BUNDLE)
        try:
            self._call.result()
        except TimeoutError:
            return missing(f"Looking into the network took over {MOST_SECONDS:.0f} s.")
        except CnnsearchError as error:
            return missing(f"The network could not be looked into: {error}")
        return read_insight(self._folder)


def write_insight(insight: Insight, folder: Path) -> None:
    """Writes what was found out, for `read_insight`."""
    arrays: dict[str, NDArray[Any]] = {f"map{n}": maps.values for n, maps in enumerate(insight.maps)}
    for number, heat in enumerate(insight.heats):
        arrays |= {f"example{number}": heat.example, f"heat{number}": heat.values}
    for name in ("filters", "sample"):
        if (array := getattr(insight, name)) is not None:
            arrays[name] = array
    np.savez(folder / ARRAYS, allow_pickle=False, **arrays)
    notes = {
        "filters_layer": insight.filters_layer,
        "sample_label": insight.sample_label,
        "heat_layer": insight.heat_layer,
        "reasons": insight.reasons,
        "maps": [(maps.title, maps.channels) for maps in insight.maps],
        "heats": [(heat.truth, heat.predicted, heat.probability) for heat in insight.heats],
    }
    (folder / NOTES).write_text(json.dumps(notes), encoding="utf-8")


def read_insight(folder: Path) -> Insight:
    """Reads what `write_insight` wrote."""
    notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    with np.load(folder / ARRAYS, allow_pickle=False) as file:
        arrays = dict(file)
    maps = [Maps(title, arrays[f"map{n}"], channels) for n, (title, channels) in enumerate(notes["maps"])]
    heats = [Heat(arrays[f"example{n}"], arrays[f"heat{n}"], *told) for n, told in enumerate(notes["heats"])]
    return Insight(
        filters=arrays.get("filters"),
        filters_layer=notes["filters_layer"],
        sample=arrays.get("sample"),
        sample_label=notes["sample_label"],
        maps=tuple(maps),
        heats=tuple(heats),
        heat_layer=notes["heat_layer"],
        reasons=notes["reasons"],
    )
