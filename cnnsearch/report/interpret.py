"""A bundle -> Interpretation, with Keras: kernels, feature maps, Grad-CAM; runs in a separate process."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.network import layout
from cnnsearch.bundle.bundle import load_bundle
from cnnsearch.data import Split, open_stored
from cnnsearch.report.diagram.anatomy import dissect
from cnnsearch.report.grad_cam import heat_maps, output_of
from cnnsearch.report.interpretation import (
    FeatureMaps,
    HeatMap,
    Interpretation,
    InterpretationRequest,
    write_interpretation,
)
from cnnsearch.study.folder import Study
from cnnsearch.tasks.base import Task

KERNEL_LAYERS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
)
MOST_FILTERS, MOST_CHANNELS, MOST_HEATS = 64, 10, 8
LEAST_SIDE = 4
"""The smallest side of a feature map for Grad-CAM; for smaller ones an earlier map is used."""
UNKNOWN = "The layers of the network are defined only in the code that builds it."
SMALL = f"No feature map has a side of at least {LEAST_SIDE}."
MAPPED = "The network has an output for each position, whose regions are shown instead."
Array = NDArray[Any]


def write(request: InterpretationRequest) -> None:
    """Write the interpretation of a study's champion into a folder; the test split is not read."""
    write_interpretation(interpret(request.study), request.folder)


def interpret(study: Study) -> Interpretation:
    """Compute the interpretation of a study's champion."""
    bundle = load_bundle(study.best, trusted=True)
    architecture = study.records()[bundle.metrics.trial].trial.candidate.known_architecture
    data = open_stored(study.data_folder)
    task = data.summary.task
    examples = one_of_each(task, data.validation, MOST_HEATS)
    filters, filters_layer = first_kernels(bundle.model)
    is_map = task.is_dense
    layer = heat_layer(architecture) if architecture and not is_map else ""
    heats = _heats(bundle.model, layer, task, examples) if layer else ()
    reasons = {
        "filters": "" if filters is not None else "The kernels of the first layer have size 1.",
        "heats": "" if layer else UNKNOWN if architecture is None else MAPPED if is_map else SMALL,
    }
    return Interpretation(
        filters=filters,
        filters_layer=filters_layer,
        sample=examples.x[0],
        sample_text=task.text(examples.y[0]),
        maps=feature_maps(bundle.model, architecture, examples.x[:1]) if architecture else (),
        heats=heats,
        heat_layer=layer,
        reasons={name: reason for name, reason in reasons.items() if reason},
    )


def one_of_each(task: Task, split: Split, most: int) -> Split:
    """Return the first example of each of at most `most` strata."""
    strata, places = np.unique(task.strata(split.y), return_index=True)
    chosen = places[np.linspace(0, len(strata) - 1, min(most, len(strata))).astype(int)]
    return Split(np.asarray(split.x[chosen]), np.asarray(split.y[chosen]))


def first_kernels(model: keras.Model) -> tuple[NDArray[np.float32] | None, str]:
    """Return the first layer's kernels, `(*window, channels, filters)`, and its name; None if of size 1."""
    for layer in model.layers:
        if isinstance(layer, KERNEL_LAYERS):
            kernel = np.asarray(layer.get_weights()[0], np.float32)
            return (kernel[..., :MOST_FILTERS], layer.name) if max(kernel.shape[:-2]) > 1 else (None, "")
    return None, ""


def feature_maps(model: keras.Model, architecture: Architecture, x: Array) -> tuple[FeatureMaps, ...]:
    """Return the channels with the largest variation at the end of each part of the network.

    A spectrogram is shown too; in it and all that follows, low frequencies are at the bottom.
    """
    graph, is_spectral = layout(architecture), architecture.input.spectrogram is not None
    left_out = ("head",) if is_spectral else ("preprocessing", "head")
    inner = [part for part in dissect(architecture, graph) if part.title not in left_out]
    parts = [part for part in inner if max(graph.nodes[part.last].shape[:-1], default=1) > 1]
    names = [graph.nodes[part.last].name for part in parts]
    if not names:
        return ()
    outputs = [output_of(model, name) for name in names]
    predicted = keras.Model(model.input, outputs).predict(x, verbose=0)
    arrays = predicted if isinstance(predicted, list) else [predicted]
    shown = (np.asarray(array[0], np.float32)[:: -1 if is_spectral else 1] for array in arrays)
    return tuple(_varying(part.title, values) for part, values in zip(parts, shown, strict=True))


def _varying(title: str, values: NDArray[np.float32]) -> FeatureMaps:
    """Return the channels with the largest standard deviation over positions."""
    spread = values.reshape(-1, values.shape[-1]).std(axis=0)
    chosen = np.sort(np.argsort(-spread, kind="stable")[:MOST_CHANNELS])
    return FeatureMaps(title, values[..., chosen], values.shape[-1])


def heat_layer(architecture: Architecture) -> str:
    """Return the last layer at the end of a part, where all paths meet, with a large enough feature map."""
    graph = layout(architecture)
    nodes = [graph.nodes[part.last] for part in dissect(architecture, graph)]
    last = [graph.nodes[graph.last_map]] if graph.last_map >= 0 else []
    wide = [n for n in [*nodes, *last] if len(n.shape) > 1 and max(n.shape[:-1]) >= LEAST_SIDE]
    deep = [node for node in wide if node.layer.type != "rescaling"]
    return max(deep, key=lambda node: graph.nodes.index(node)).name if deep else ""


def _heats(model: keras.Model, layer: str, task: Task, examples: Split) -> tuple[HeatMap, ...]:
    """Return the regions that raise the largest output of each example.

    Of a spectrogram's regions the warmest at each time is shown, along the signal.
    """
    predictions, report = model.predict(examples.x, verbose=0), task.report()
    maps = heat_maps(model, layer, examples.x, predictions.argmax(axis=1))
    if maps.ndim == examples.x.ndim:
        maps = maps.max(axis=1)
    return tuple(
        HeatMap(x, heat, task.text(truth), report.predicted(row))
        for x, heat, truth, row in zip(examples.x, maps, examples.y, predictions, strict=True)
    )
