"""Dataset argument -> `Dataset`."""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.content import content_from_arrays, summarize
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.layout import Channels
from cnnsearch.data.listing import PictureListing, tell_left_out
from cnnsearch.data.reach import Reach
from cnnsearch.data.reading import OnBad, Reading, SplitBy, Tell
from cnnsearch.data.sources import NamedSource, Pairs, PictureSource, find_source, read_arrays
from cnnsearch.data.sources.memory import IN_MEMORY, is_frame, list_frame, read_memory
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError

DataArgument = str | Path | Dataset | Any
"""A dataset, the name or path of one, or examples in memory: see `load_data`."""


def load_data(
    argument: DataArgument,
    *,
    image_size: tuple[int, int] | None = None,
    seed: int = 0,
    on_bad: OnBad = "error",
    most_bad: float = 0.05,
    split_by: SplitBy | None = None,
    group: str | None = None,
    columns: Mapping[str, str] | None = None,
    group_duplicates: bool = False,
    task: str | None = None,
    value_range: tuple[float, float] | None = None,
    dims: int | None = None,
    channels: Channels | None = None,
    data_root: str | Path | None = None,
    follow_links: bool = False,
    cache: Path | None = None,
    tell: Tell | None = None,
) -> Dataset:
    """Load, check and split a dataset.

    Missing validation and test splits are split off the training examples, stratified: 20% each if both are
    missing, 25% if one is, less for large datasets. Given splits are unchanged.

    Arrays are uint8 or converted to float32, channels last. Rank 2 is `(examples, length)`; rank 3 is
    `(examples, height, width)`, or `(examples, length, channels)` if the lengths differ much; rank 4 holds
    images and rank 5 volumes (`layout.py`). Labels are integers or strings, one for each example.

    Images are greyscale if every training image is, else RGB; transparent images are composited over white.
    They are rotated by their EXIF tag, resized with their aspect ratio, and centred on black. They are
    decoded in pieces into memory-mapped array files, so a dataset may exceed the memory.

    Args:
        argument: `digits` (embedded); `keras:NAME` of a Keras dataset; the path of an .npz file with `x` and
            `y`, or with `x_train`, `y_train`, ... as in Keras; the path of a folder of class folders, or of
            train, validation and test folders that contain class folders; the path of a folder with `images`
            and `masks`; the path of a COCO file, or of a folder in the format of COCO, Pascal VOC or YOLO;
            the path of a CSV manifest with the columns `path` and `label` or `mask`. A `Dataset` is
            returned unchanged. A folder with the name of an embedded dataset is written `./digits`. In
            memory: `(x, y)`; `((x, y), (x_test, y_test))` as Keras returns it, or with the validation part
            between them; a dictionary of arrays named as in an .npz file; a finite `tf.data.Dataset` or
            `keras.utils.PyDataset` of `(x, y)`, or a tuple of them for the parts; a pandas frame with
            the columns of a manifest and paths relative to the current folder.
        image_size: `(height, width)` of the resized images; by default the median of the training images,
            at most 128 on the longer side.
        seed: Seed of the created splits.
        on_bad: `error` to refuse images that cannot be decoded, `skip` to skip them with a warning.
        most_bad: Maximum fraction of skipped images.
        split_by: The rule for the splits: `random`, `folder` (the part folders), `manifest` (its column
            `split`) or `time` (its column `time`: the latest fifth is the test split). By default the split
            of the source, else `random`.
        group: Manifest column whose groups stay within one split; by default `group`, if present.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`.
        group_duplicates: Whether exact and near duplicates of images stay within one split.
        task: Name of the task; by default inferred from the targets.
        value_range: The smallest and the largest value; by default 0 and 255 for images of 8 bits, else those
            of the training split, or of the bits that it nearly fills.
        dims: Spatial dimensions of arrays: 1 for signals, 2 for images, 3 for volumes; by default inferred.
        channels: Whether the channels of arrays are the `first` or the `last` axis; by default inferred.
        data_root: Folder that a manifest's paths may also be in, and be relative to.
        follow_links: Whether to follow links that lead out of the folder of the data.
        cache: Folder that keeps decoded images for later runs; by default they are deleted with the
            returned dataset.
        tell: Progress callback, called with the number of decoded images and the total.

    Raises:
        DataError: The data cannot be found, read or split.
    """
    if isinstance(argument, Dataset):
        return argument
    reading = Reading(
        image_size,
        seed,
        on_bad,
        most_bad,
        split_by,
        group,
        columns or {},
        group_duplicates,
        task,
        value_range,
        dims,
        channels,
        Reach(None if data_root is None else Path(data_root), follow_links),
    )
    if not isinstance(argument, str | Path):
        if is_frame(argument):
            listing = list_frame(argument, reading.names, reading.task, reading.reach)
            return _load_pictures(listing, "frame", IN_MEMORY, reading, cache, tell)
        return _dataset(read_memory(argument), "arrays", IN_MEMORY, "the arrays", reading)
    source, path = find_source(argument), Path(argument).expanduser()
    place = path.resolve()  # because a study can be resumed from another folder
    name = place.name if place.is_dir() else place.stem
    if isinstance(source, PictureSource):
        listing = source.list(path, reading.names, reading.task, reading.reach)
        return _load_pictures(listing, name, str(place), reading, cache, tell)
    pairs = read_arrays(source, argument)
    if isinstance(source, NamedSource):
        return _dataset(pairs, str(argument).rpartition(":")[2], str(argument), str(argument), reading)
    return _dataset(pairs, name, str(place), str(argument), reading)


def _load_pictures(
    listing: PictureListing, name: str, source: str, reading: Reading, cache: Path | None, tell: Tell | None
) -> Dataset:
    from cnnsearch.data.known_files import KnownFiles  # imports Pillow
    from cnnsearch.data.picture_data import store_pictures

    if reading.dims is not None or reading.channels is not None:
        raise DataError(f"{listing.place}: --dims and --channels apply to arrays only; found images.")
    tell_left_out(listing)
    known = KnownFiles(listing.root)
    if cache is not None:
        folder = store_pictures(listing, reading, cache, name=name, source=source, known=known, tell=tell)
        return Dataset.mapped(folder, name=name, source=source)
    with ExitStack() as undo:
        directory = Path(tempfile.mkdtemp(prefix="cnnsearch-"))
        undo.callback(shutil.rmtree, directory, ignore_errors=True)
        folder = store_pictures(listing, reading, directory, name=name, source=source, known=known, tell=tell)
        dataset = Dataset.mapped(folder, name=name, source=source)
        dataset.remove_at_end(directory)
        undo.pop_all()
    return dataset


def _dataset(pairs: Pairs, name: str, source: str, place: str, reading: Reading) -> Dataset:
    """Return the dataset of arrays; `place` names them in messages."""
    if reading.image_size is not None:
        raise DataError(f"{place}: image size applies to image files only; arrays are not resized.")
    if reading.split_by not in (None, "random"):
        raise DataError(f"{place}: --split-by {reading.split_by} applies to image files only.")
    if reading.names or reading.group_duplicates:
        raise DataError(f"{place}: columns and groups apply to image files only.")
    arrays = check_arrays(pairs, place, reading.task, dims=reading.dims, channels=reading.channels)
    if reading.split_by == "random":
        arrays = arrays.merged()
    content = content_from_arrays(arrays, place, reading.seed, reading.value_range)
    summary = summarize(content, name=name, source=source, seed=reading.seed)
    return Dataset(summary, *(content.splits[part] for part in PARTS))
