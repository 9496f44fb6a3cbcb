"""The first arrow of the data pipe: a dataset argument, as a user writes it, becomes a `Dataset`."""

import difflib
from pathlib import Path

from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.content import Content, from_arrays, summarize
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.npz import read_digits, read_npz
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError

_EMBEDDED = {"digits": read_digits}


def load_data(
    argument: str | Path | Dataset, *, image_size: tuple[int, int] | None = None, seed: int = 0
) -> Dataset:
    """Loads, checks and splits a dataset.

    What is missing of validation and test is split off the training examples, stratified: 20% each where
    both are, 25% where one is. Splits that are given stay as they are.

    Arrays are uint8 or become float32, channels last: rank 2 is `(examples, length)`; rank 3 is
    `(examples, height, width)` where uint8, else `(examples, length, channels)`; rank 4 is pictures and
    rank 5 volumes. Labels are integers or strings, one for each example.

    Pictures become greyscale where every training picture is, else RGB, transparency laid over white. They
    are turned upright by their EXIF tag, scaled with their aspect kept, and centred on black.

    Args:
        argument: `digits` (embedded); the path of an .npz file with `x` and `y`, or with `x_train`,
            `y_train`, ... as Keras names them; the path of a folder of class folders, or of train,
            validation and test folders that hold those. A `Dataset` is returned as it is. A folder that
            is called like an embedded dataset is given as `./digits`.
        image_size: `(height, width)` that a folder's pictures are brought to; by default the training
            pictures' median, at most 128 on the longer side.
        seed: Decides the splits that are made.

    Raises:
        DataError: The data cannot be found, read or split; the message says what was found and expected.
    """
    if isinstance(argument, Dataset):
        return argument
    path = Path(argument).expanduser()
    content = _read(argument, path, image_size, seed)
    is_embedded, place = argument in _EMBEDDED, path.resolve()
    summary = summarize(
        content,
        name=str(argument) if is_embedded else _name(place),
        source=str(argument if is_embedded else place),  # a study is resumed from other folders too
        seed=seed,
    )
    return Dataset(summary, *(content.splits[part] for part in PARTS))


def _read(argument: str | Path, path: Path, image_size: tuple[int, int] | None, seed: int) -> Content:
    if path.is_dir() and argument not in _EMBEDDED:
        from cnnsearch.data.folders import read_folder  # it alone needs Pillow

        return read_folder(path, image_size, seed)
    if argument in _EMBEDDED:
        pairs = _EMBEDDED[str(argument)]()
    elif path.is_file():
        pairs = read_npz(path)
    else:
        raise DataError(_not_found(str(argument), path))
    if image_size is not None:
        raise DataError(
            f"{argument}: an image size is for folders of pictures; arrays keep the size they have."
        )
    return from_arrays(check_arrays(pairs, str(argument)), str(argument), seed)


def _name(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _not_found(argument: str, path: Path) -> str:
    siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, [*_EMBEDDED, *siblings])
    hint = f" Near names: {', '.join(near)}." if near else ""
    return (
        f"{argument!r} is neither a known dataset ({', '.join(_EMBEDDED)}) nor a path that exists; "
        f"an .npz file or a folder of class folders was looked for.{hint}"
    )
