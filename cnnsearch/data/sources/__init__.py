"""The data formats, by dataset argument. To add a format, write its module here and register it below."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnnsearch.data.listing import PictureListing
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.base import ArraySource, NamedSource, Pairs, PictureSource, Source
from cnnsearch.data.sources.coco import COCO
from cnnsearch.data.sources.digits import DIGITS
from cnnsearch.data.sources.folder import FOLDER
from cnnsearch.data.sources.keras_datasets import KERAS_DATASETS
from cnnsearch.data.sources.manifest import MANIFEST
from cnnsearch.data.sources.masks import MASKS
from cnnsearch.data.sources.npz import NPZ
from cnnsearch.data.sources.voc import VOC
from cnnsearch.data.sources.yolo import YOLO
from cnnsearch.errors import DataError

__all__ = [
    "SOURCES",
    "ArraySource",
    "NamedSource",
    "Pairs",
    "PictureSource",
    "Source",
    "find_source",
    "list_pictures",
    "read_arrays",
]

SOURCES: dict[str, Source] = {
    "digits": DIGITS,
    "keras": KERAS_DATASETS,
    "npz": NPZ,
    "coco": COCO,
    "voc": VOC,
    "yolo": YOLO,
    "masks": MASKS,
    "folder": FOLDER,
    "manifest": MANIFEST,
}


def find_source(argument: str | Path) -> Source:
    """Return the source of a dataset argument.

    Args:
        argument: A name or a path; a `Path` is never a name.

    Raises:
        DataError: No source accepts the argument; the message suggests similar names.
    """
    path = Path(argument).expanduser()
    for source in SOURCES.values():
        if isinstance(source, NamedSource) and isinstance(argument, str) and source.takes(argument):
            return source
    for source in SOURCES.values():
        if not isinstance(source, NamedSource) and source.takes(path):
            return source
    raise _not_found(argument, path)


def read_arrays(source: NamedSource | ArraySource, argument: str | Path) -> Pairs:
    """Read the examples and labels of an argument that names arrays.

    Raises:
        DataError: The data is missing or not in the expected format.
    """
    if isinstance(source, NamedSource):
        return source.read(str(argument))
    return source.read(Path(argument).expanduser())


def list_pictures(
    argument: str | Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the image files of a dataset argument without opening them.

    Args:
        argument: The path of a folder or manifest.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`.
        task: Name of the task; by default inferred from the targets.
        reach: The places that the source may lead to.

    Raises:
        DataError: The source does not exist or has no valid layout.
    """
    source = find_source(argument)
    if not isinstance(source, PictureSource):
        expected = _either(known for known in SOURCES.values() if isinstance(known, PictureSource))
        raise DataError(f"{argument}: expected {expected}.")
    return source.list(Path(argument).expanduser(), columns or {}, task, reach)


def _either(sources: Iterable[Source]) -> str:
    *others, last = (source.described for source in sources)
    return f"{', '.join(others)} or {last}"


def _not_found(argument: str | Path, path: Path) -> DataError:
    named = [source.described for source in SOURCES.values() if isinstance(source, NamedSource)]
    expected = _either(source for source in SOURCES.values() if not isinstance(source, NamedSource))
    if path.exists():
        return DataError(f"{argument}: unknown format; expected {expected}.")
    siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, [*named, *siblings])
    hint = f" Similar names: {', '.join(near)}." if near else ""
    return DataError(
        f"{str(argument)!r} is neither a known dataset ({', '.join(named)}) nor an existing path; "
        f"expected {expected}.{hint}"
    )
