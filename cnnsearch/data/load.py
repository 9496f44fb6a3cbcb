"""The first arrow of the data pipe: a dataset argument, as a user writes it, becomes a `Dataset`."""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.content import Content, content_from_arrays, summarize
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.listing import PictureListing, tell_left_out
from cnnsearch.data.reading import OnBad, Reading, SplitBy, Tell
from cnnsearch.data.sources import ArraySource, NamedSource, Pairs, PictureSource, find_source, read_arrays
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError


def load_data(
    argument: str | Path | Dataset,
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
    cache: Path | None = None,
    tell: Tell | None = None,
) -> Dataset:
    """Loads, checks and splits a dataset.

    What is missing of validation and test is split off the training examples, stratified: 20% each where
    both are, 25% where one is. Splits that are given stay as they are.

    Arrays are uint8 or become float32, channels last: rank 2 is `(examples, length)`; rank 3 is
    `(examples, height, width)` where uint8, else `(examples, length, channels)`; rank 4 is pictures and
    rank 5 volumes. Labels are integers or strings, one for each example.

    Pictures become greyscale where every training picture is, else RGB, transparency laid over white. They
    are turned upright by their EXIF tag, scaled with their aspect kept, and centred on black. They are
    decoded into array files a piece at a time, and mapped from there: they may be more than memory holds.

    Args:
        argument: `digits` (embedded); `keras:NAME` of a dataset that Keras has downloaded before; the path
            of an .npz file with `x` and `y`, or with `x_train`, `y_train`, ... as Keras names them; the
            path of a folder of class folders, or of train, validation and test folders that hold those; the
            path of a CSV manifest with the columns `path` and `label`. A `Dataset` is returned as it is. A
            folder that is called like an embedded dataset is given as `./digits`.
        image_size: `(height, width)` that pictures are brought to; by default the training pictures'
            median, at most 128 on the longer side.
        seed: Decides the splits that are made.
        on_bad: Whether a picture that cannot be decoded is an error, or left out with a warning.
        most_bad: The share of pictures that may be left out.
        split_by: What decides the splits: `random`, `folder` (the part folders), `manifest` (its column
            `split`) or `time` (its column `time`: the latest fifth is for the test). By default what the
            source gives, else `random`.
        group: The manifest's column whose examples stay on one side; by default `group`, where there is one.
        columns: The manifest's own names of `path`, `label`, `split`, `group` and `time`.
        group_duplicates: Whether exact and near duplicates among pictures stay on one side.
        task: The name of the task; by default the one that the targets set.
        cache: The folder that keeps decoded pictures, so that the same ones are not decoded again; by
            default they go with the dataset that is returned.
        tell: Told of progress: how many pictures are decoded, of how many.

    Raises:
        DataError: The data cannot be found, read or split; the message says what was found and expected.
    """
    if isinstance(argument, Dataset):
        return argument
    reading = Reading(
        image_size, seed, on_bad, most_bad, split_by, group, columns or {}, group_duplicates, task
    )
    source, path = find_source(argument), Path(argument).expanduser()
    if isinstance(source, PictureSource):
        return _load_pictures(source.list(path, reading.names), path.resolve(), reading, cache, tell)
    content = _read_arrays(source, argument, reading)
    if isinstance(source, NamedSource):
        place, name = str(argument), str(argument).rpartition(":")[2]
    else:  # resolved, as a study is resumed from other folders too
        place, name = str(path.resolve()), path.stem
    summary = summarize(content, name=name, source=place, seed=seed)
    return Dataset(summary, *(content.splits[part] for part in PARTS))


def _load_pictures(
    listing: PictureListing, path: Path, reading: Reading, cache: Path | None, tell: Tell | None
) -> Dataset:
    from cnnsearch.data.known_files import KnownFiles  # these need Pillow
    from cnnsearch.data.picture_data import store_pictures

    tell_left_out(listing)
    name, source = path.name if path.is_dir() else path.stem, str(path)
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


def _read_arrays(source: NamedSource | ArraySource, argument: str | Path, reading: Reading) -> Content:
    pairs = read_arrays(source, argument)
    place = str(argument)
    if reading.image_size is not None:
        raise DataError(f"{place}: an image size is for pictures from files; arrays keep the size they have.")
    if reading.split_by not in (None, "random"):
        raise DataError(f"{place}: --split-by {reading.split_by} is for pictures from files.")
    if reading.names or reading.group_duplicates:
        raise DataError(f"{place}: columns and groups are for pictures from files.")
    arrays = check_arrays(pairs, place, reading.task)
    if reading.split_by == "random":
        arrays = check_arrays({"train": _merged(pairs)}, place, reading.task)
    return content_from_arrays(arrays, place, reading.seed)


def _merged(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = zip(*pairs.values(), strict=True)
    return np.concatenate(xs), np.concatenate(ys)
