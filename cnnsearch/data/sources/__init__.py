"""A dataset argument and the format that it is in. A new format is a module here and its line in the registry
below."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnnsearch.data.listing import PictureListing
from cnnsearch.data.sources.base import ArraySource, NamedSource, Pairs, PictureSource, Source
from cnnsearch.data.sources.digits import DIGITS
from cnnsearch.data.sources.folder import FOLDER
from cnnsearch.data.sources.keras_datasets import KERAS_DATASETS
from cnnsearch.data.sources.manifest import MANIFEST
from cnnsearch.data.sources.npz import NPZ
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
    "folder": FOLDER,
    "manifest": MANIFEST,
}


def find_source(argument: str | Path) -> Source:
    """Return the source that a dataset argument is of.

    Args:
        argument: A name or a path; a `Path` is never a name.

    Raises:
        DataError: There is none; the message has similar names.
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
        DataError: They are not there, or not as expected.
    """
    if isinstance(source, NamedSource):
        return source.read(str(argument))
    return source.read(Path(argument).expanduser())


def list_pictures(argument: str | Path, columns: Mapping[str, str] | None = None) -> PictureListing:
    """List the pictures of an argument that names picture files; none is opened.

    Args:
        argument: The path of the folder or the manifest.
        columns: A manifest's own names of `path`, `label`, `split`, `group` and `time`.

    Raises:
        DataError: There is no such source, or it is not as expected.
    """
    source = find_source(argument)
    if not isinstance(source, PictureSource):
        expected = _either(known for known in SOURCES.values() if isinstance(known, PictureSource))
        raise DataError(f"{argument}: {expected} was expected.")
    return source.list(Path(argument).expanduser(), columns or {})


def _either(sources: Iterable[Source]) -> str:
    *others, last = (source.described for source in sources)
    return f"{', '.join(others)} or {last}"


def _not_found(argument: str | Path, path: Path) -> DataError:
    named = [source.described for source in SOURCES.values() if isinstance(source, NamedSource)]
    expected = _either(source for source in SOURCES.values() if not isinstance(source, NamedSource))
    if path.exists():
        return DataError(f"{argument}: {expected} was expected.")
    siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, [*named, *siblings])
    hint = f" Near names: {', '.join(near)}." if near else ""
    return DataError(
        f"{str(argument)!r} is neither a known dataset ({', '.join(named)}) nor a path that exists; "
        f"{expected} was looked for.{hint}"
    )
