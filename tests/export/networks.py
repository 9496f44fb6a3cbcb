"""Export small networks that are difficult for converters, in a separate process.

Arguments: a folder, then the cases. Prints one JSON line for each file.
"""

import json
import sys
from pathlib import Path

import numpy as np

from cnnsearch.architecture import Architecture, Input, Stage
from cnnsearch.architecture.blocks import (
    AtrousPyramid,
    AveragePool,
    Conv,
    ConvNeXt,
    DepthwiseConv,
    MaxPool,
    MinPool,
    TiledConv,
)
from cnnsearch.bundle import formats
from cnnsearch.bundle.formats import Tolerance
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.write import files
from cnnsearch.tasks.classification.task import Classification
from tests.export.spaces import LABELS, network

LINE, PICTURE, VOLUME = (12, 4), (12, 12, 4), (9, 8, 8, 4)
GROUPED = Conv(filters=6, groups=2, strides=2, use_bias=True, activation="gelu")
POOLS = (AveragePool(padding="same"), MaxPool(pool_size=3, strides=2), MinPool(pool_size=2, padding="same"))
FLAT = Conv(filters=4, kernel_size="5x1", strides="2x1", padding="2x0")
PADDED_POOLS = (
    MaxPool(pool_size=3, strides=2, padding=1),
    AveragePool(pool_size="3x1", strides=1, padding="1x0"),
    MinPool(pool_size="1x3", strides=1, padding="0x1"),
)
SOLID_POOLS = (
    MaxPool(pool_size=3, strides="2x2x1", padding=1),
    AveragePool(pool_size=2, strides=1, padding=1),
)
PYRAMID = AtrousPyramid(filters=4, rate=2)
TILED = (TiledConv(filters=4), TiledConv(filters=4, tiles=3, strides=2, kernel_size=2))
CASES = {
    "tiled line": (LINE, TILED),
    "tiled picture": (PICTURE, TILED),
    "tiled volume": (VOLUME, TILED),
    "flat kernels": (PICTURE, (FLAT, Conv(filters=4, dilation_rate="1x3"), DepthwiseConv(strides="1x2"))),
    "padded pools": (PICTURE, PADDED_POOLS),
    "padded pools of a volume": (VOLUME, SOLID_POOLS),
    "grouped line": (LINE, (GROUPED,)),
    "grouped picture": (PICTURE, (GROUPED,)),
    "grouped volume": (VOLUME, (GROUPED,)),
    "scaled line": (LINE, (ConvNeXt(filters=4),)),
    "scaled volume": (VOLUME, (ConvNeXt(filters=4),)),
    "pooled volume": (VOLUME, POOLS),
    "dilated volume": (VOLUME, (Conv(filters=4, dilation_rate=2),)),
    "pyramid of a line": (LINE, (PYRAMID,)),
    "pyramid of a picture": (PICTURE, (PYRAMID,)),
    "pyramid of a volume": (VOLUME, (PYRAMID,)),
    "intolerant": (PICTURE, (GROUPED,)),
}
WANTED = (("onnx", "none"), ("litert", "none"))


def main(folder: Path, cases: list[str]) -> None:
    for case in cases:
        shape, blocks = CASES[case]
        given = Input(shape=shape, scaling="unit", scale=(1 / 255,))
        outputs = Classification.of(len(LABELS)).outputs
        architecture = Architecture(input=given, stages=(Stage(blocks=blocks),), outputs=outputs)
        made = network(architecture, Classification(labels=LABELS))
        if case == "intolerant":
            formats.TOLERANCES.update(dict.fromkeys(WANTED, Tolerance(-1.0, 1.0)))
        examples = np.random.default_rng(0).integers(0, 256, (8, *shape)).astype(np.float32)
        before = [dict(vars(layer)) for layer in made.model.layers]
        request = ExportRequest(study=folder, targets=WANTED, output=folder)
        for told in files(made, examples, request):
            print(json.dumps({"case": case, **told.model_dump(mode="json")}), flush=True)
        after = [
            {name: vars(layer).get(name) for name in ("call", "activation")} for layer in made.model.layers
        ]
        assert after == [{name: known.get(name) for name in ("call", "activation")} for known in before]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
