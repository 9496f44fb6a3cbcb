"""The required files of a bundle other than its model."""

from typing import Any

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.blocks import Conv
from cnnsearch.bundle.files import VERSION, InputForm
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.helpers import of_blocks


def described(labels: list[str]) -> dict[str, Any]:
    """The JSON files of a bundle for RGB images of 8x8 by name, without metrics.json."""
    network: Architecture = of_blocks(Conv(filters=1, kernel_size=3))
    network = network.model_copy(update={"outputs": Classification.of(len(labels)).outputs})
    form = InputForm(shape=network.input.shape, dtype="uint8", channel_mode="RGB", image_size=(8, 8))
    return {
        "architecture.json": network.model_dump(mode="json"),
        "bundle.json": {
            "version": VERSION,
            "input": form.model_dump(mode="json"),
            "task": Classification(labels=tuple(labels)).model_dump(mode="json"),
        },
        "labels.json": labels,
    }
