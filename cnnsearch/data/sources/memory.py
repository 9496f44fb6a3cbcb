"""Examples in memory: arrays, a dictionary of them, a `tf.data.Dataset`, a `keras.utils.PyDataset`; and a
pandas frame as a manifest. Imports none of these libraries: an object is known by its methods.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.listing import PictureListing
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.base import Pairs
from cnnsearch.data.sources.manifest import list_table
from cnnsearch.data.sources.npz import find_pairs
from cnnsearch.errors import DataError

IN_MEMORY = "<arrays>"
"""The dataset argument that is recorded for examples in memory; they cannot be read again."""
INFINITE = -1
"""What the `cardinality` of a `tf.data.Dataset` without an end is."""
EXPECTED = (
    "(x, y), ((x, y), (x_test, y_test)), ((x, y), (x_val, y_val), (x_test, y_test)), a dictionary of arrays "
    "named as in an .npz file, a pandas DataFrame with the columns of a manifest, a tf.data.Dataset or a "
    "keras.utils.PyDataset"
)
_PARTS = {1: ("train",), 2: ("train", "test"), 3: ("train", "validation", "test")}


def is_frame(given: object) -> bool:
    """Return whether an object is a table with named columns, such as a pandas frame."""
    return hasattr(given, "columns") and hasattr(given, "to_dict")


def list_frame(
    frame: Any, columns: Mapping[str, str], task: str | None, reach: Reach = OWN_FOLDER
) -> PictureListing:
    """List the image files of a pandas frame with the columns of a manifest; its folder is the current one.

    Raises:
        DataError: As for a manifest; the messages count the first row as line 2.
    """
    table = {str(name): [_text(value) for value in frame[name]] for name in frame.columns}
    return list_table(table, Path.cwd(), "the frame", columns, task, reach)


def read_memory(given: Any) -> Pairs:
    """Read the examples and targets of each part of an object in memory.

    Raises:
        DataError: The object is not one of those expected, or a dataset without an end.
    """
    if isinstance(given, Mapping):
        names = find_pairs(list(given), "the dictionary")
        return {part: (_array(given[x]), _array(given[y])) for part, (x, y) in names.items()}
    if _is_dataset(given) or _is_pair(given):
        return {"train": _pair(given)}
    if isinstance(given, tuple | list) and len(given) in _PARTS:
        return {part: _pair(one) for part, one in zip(_PARTS[len(given)], given, strict=True)}
    raise _unexpected(given)


def _pair(given: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    if _is_dataset(given):
        return _joined(_elements(given))
    if _is_pair(given):
        return _array(given[0]), _array(given[1])
    raise _unexpected(given)


def _is_pair(given: Any) -> bool:
    """Return whether an object is `(x, y)`, not a pair of such pairs or of datasets."""
    is_two = isinstance(given, tuple | list) and len(given) == 2
    return is_two and not any(isinstance(one, tuple | Mapping) or _is_dataset(one) for one in given)


def _is_dataset(given: Any) -> bool:
    """Return whether an object is a dataset of TensorFlow, or one of Keras."""
    is_of_keras = hasattr(given, "on_epoch_end") and hasattr(given, "__getitem__")
    return is_of_keras or hasattr(given, "element_spec")


def _elements(dataset: Any) -> Iterator[Any]:
    """Yield the elements of a dataset, batched or not."""
    if not hasattr(dataset, "element_spec"):  # a PyDataset
        if getattr(dataset, "num_batches", 0) is None:
            raise DataError("the dataset has no end; expected one with a number of batches.")
        return (dataset[index] for index in range(len(dataset)))
    if int(dataset.cardinality()) == INFINITE:
        raise DataError("the dataset has no end; expected a finite one, without repeat() or with take(n).")
    elements: Iterator[Any] = dataset.as_numpy_iterator()
    return elements


def _joined(elements: Iterator[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Join the examples and targets of elements; they are batches if both have the same first length."""
    first = next(elements, None)
    if first is None:
        raise DataError("the dataset is empty.")
    if not (isinstance(first, tuple | list) and len(first) == 2):
        raise DataError(f"the dataset has elements of {type(first).__name__}; expected pairs (x, y).")
    x, y = (np.asarray(one) for one in first)
    is_batched = y.ndim > 0 and x.shape[:1] == y.shape[:1]
    xs, ys = zip(*chain([first], elements), strict=True)
    join = np.concatenate if is_batched else np.stack
    return _array(join(xs)), _array(join(ys))


def _array(values: Any) -> NDArray[Any]:
    """Return an array; objects that are all texts become an array of texts."""
    array = np.asarray(values)
    is_objects = array.dtype == object and array.size
    if is_objects and all(isinstance(value, str) for value in array.flat):
        return array.astype(np.str_)
    if is_objects and all(isinstance(value, bytes) for value in array.flat):
        return array.astype(np.bytes_)
    return array


def _text(value: Any) -> str:
    """Return a cell as in a CSV file: empty if it is missing."""
    is_missing = value is None or value != value  # NaN
    return "" if is_missing else str(value).strip()


def _unexpected(given: Any) -> DataError:
    shape = f" of {len(given)}" if isinstance(given, tuple | list) else ""
    return DataError(f"found {type(given).__name__}{shape} as the data; expected {EXPECTED}.")
