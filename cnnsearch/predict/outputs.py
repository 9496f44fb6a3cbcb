"""Predictions -> files: masks, COCO annotations and overlays, in pixels of the upright pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnnsearch.data.listing import named
from cnnsearch.data.pictures import PictureForm, read_content, read_header, read_pixels
from cnnsearch.data.placement import Placement
from cnnsearch.errors import SettingsError
from cnnsearch.files import replacing, write_text
from cnnsearch.page.png import is_own, png
from cnnsearch.predict.bundles import PredictionModel
from cnnsearch.predict.examples import Example, Examples
from cnnsearch.predict.names import file_names
from cnnsearch.predict.request import PredictRequest
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.files import Annotation, Covered, TaskFiles

_BYTES = (0.0, 255.0)  # the values of black and white in a picture of 8 bits
_OVERLAY = ".png"
_INFO = {"description": "Predictions of cnnsearch"}
_START = f'{{"info": {json.dumps(_INFO)}'.encode()
"""The first characters of a COCO file that this program wrote."""


class PredictionFiles:
    """Writes the files of a request: those of each example as it is predicted, COCO's at the end.

    Args:
        request: The folders and files to write.
        ready: The network.
        examples: All examples.

    Raises:
        SettingsError: A file that another program wrote is in the place of one of them.
    """

    def __init__(self, request: PredictRequest, ready: PredictionModel, examples: Examples) -> None:
        self._request, self._form, self._examples = request, ready.form, examples.found
        self._files: TaskFiles | None = ready.task.files() if len(ready.form.shape) == 3 else None
        self._names = file_names(examples.found) if request.masks or request.overlays else []
        self._images: list[dict[str, Any]] = []
        self._annotations: list[Annotation] = []
        self._check_places()
        for folder in (request.masks, request.overlays):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)

    def placed(self, number: int, x: NDArray[Any], prediction: Predictions) -> Predictions:
        """Write the files of an example, and return its prediction as a table has it.

        Args:
            number: The index of the example.
            x: The example as predicted.
            prediction: Its prediction.
        """
        files, request = self._files, self._request
        if files is None or not (request.outputs or files.has_coordinates):
            return prediction
        example = self._examples[number]
        covered = self._covered(example)
        placed = files.placed(prediction, covered)
        if request.masks is not None:
            for path, mask in zip(self._masks(number), files.masks(placed), strict=True):
                _write(path, png(mask))
        if request.overlays is not None:
            picture, ends = self._picture(example, x, covered.size)
            _write(self._overlay(number), png(files.overlay(picture, placed, ends)))
        if request.coco is not None:
            self._annotate(example.name, covered.size, files.annotations(placed))
        return placed if files.has_coordinates else prediction

    def finish(self) -> None:
        """Write the COCO file."""
        if self._request.coco is None:
            return
        assert self._files is not None
        content = {
            "info": _INFO,
            "images": self._images,
            "categories": self._files.categories(),
            "annotations": self._annotations,
        }
        write_text(self._request.coco, json.dumps(content, allow_nan=False), durable=False)

    def _covered(self, example: Example) -> Covered:
        """Return where the picture is in the example."""
        height, width, _ = self._form.shape
        if example.position is not None:
            return Covered.whole((height, width))
        header = read_header(example.path)
        size = header.height, header.width
        return Covered(*Placement.of(size, (height, width)), size)

    def _picture(
        self, example: Example, x: NDArray[Any], size: tuple[int, int]
    ) -> tuple[NDArray[Any], tuple[float, float]]:
        """Return the picture in its own size, and its values of black and white."""
        if example.position is not None:
            return x, self._form.values.ends
        form = PictureForm(self._form.picture_form.mode, *size)
        return read_pixels(example.path, read_content(example.path), form), _BYTES

    def _annotate(self, name: str, size: tuple[int, int], found: list[Annotation]) -> None:
        image = {"image_id": len(self._images) + 1, "file_name": name}
        height, width = size
        self._images.append({"id": image["image_id"], "file_name": name, "width": width, "height": height})
        for annotation in found:
            self._annotations.append({"id": len(self._annotations) + 1, **image, **annotation})

    def _masks(self, number: int) -> list[Path]:
        assert self._request.masks is not None and self._files is not None
        return [self._request.masks / f"{self._names[number]}{end}" for end in self._files.mask_suffixes]

    def _overlay(self, number: int) -> Path:
        assert self._request.overlays is not None
        return self._request.overlays / f"{self._names[number]}{_OVERLAY}"

    def _check_places(self) -> None:
        """Check that files to replace were written by this program, so that no other file is lost."""
        foreign = [str(path) for path in self._pictures() if path.exists() and not is_own(path)]
        if foreign:
            raise SettingsError(
                f"found {len(foreign)} files that `cnnsearch predict` has not written; expected another "
                f"folder for its masks or overlays:{named(foreign)}"
            )
        coco = self._request.coco
        if coco is not None and coco.exists() and not _is_own_coco(coco):
            raise SettingsError(
                f"--coco: found the file {coco}, which `cnnsearch predict` has not written; expected another "
                "name, or one of its own files to replace"
            )

    def _pictures(self) -> Iterator[Path]:
        """Yield the paths of all masks and overlays."""
        for number in range(len(self._names)):
            if self._request.masks is not None:
                yield from self._masks(number)
            if self._request.overlays is not None:
                yield self._overlay(number)


def check_suited(request: PredictRequest, ready: PredictionModel) -> None:
    """Check that the files of a request suit the network.

    Raises:
        SettingsError: They do not.
    """
    files, shape = ready.task.files(), ready.form.shape
    for kind in request.outputs:
        formats = () if files is None else files.formats
        if kind not in formats:
            suited = " and ".join(f"--{name}" for name in formats) or "none of --masks, --coco and --overlays"
            raise SettingsError(
                f"--{kind}: {ready.place} is a network for {ready.task.type}, which suits {suited}"
            )
        if len(shape) != 3:
            raise SettingsError(
                f"--{kind}: {ready.place} takes examples of {ready.form.text}; expected a network for images"
            )


def _is_own_coco(path: Path) -> bool:
    """Return whether a file starts as the COCO files of this program."""
    try:
        with path.open("rb") as file:
            return file.read(len(_START)) == _START
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    with replacing(path, durable=False) as file:
        file.write(content)
