"""A dataset argument that names pictures becomes a listing: a folder, or a CSV manifest."""

from collections.abc import Mapping
from pathlib import Path

from cnnsearch.data.folders import list_folder
from cnnsearch.data.listing import PictureListing
from cnnsearch.errors import DataError


def is_manifest(path: Path) -> bool:
    """Whether a path is taken for a manifest, by its suffix."""
    return path.suffix.lower() == ".csv"


def list_source(argument: str | Path, columns: Mapping[str, str] | None = None) -> PictureListing:
    """Lists the pictures of a folder or a manifest; none is opened.

    Args:
        argument: The folder's or the manifest's path.
        columns: A manifest's own names of `path`, `label`, `split`, `group` and `time`.

    Raises:
        DataError: There is no such source, or it is not as expected.
    """
    path = Path(argument).expanduser()
    if is_manifest(path) and path.is_file():
        from cnnsearch.data.manifest import read_manifest  # it alone needs pandas

        return read_manifest(path, columns or {})
    if not path.is_dir():
        raise DataError(f"{argument}: a folder of pictures or a CSV manifest was expected.")
    if columns:
        raise DataError(f"{argument}: columns and groups are for a CSV manifest; a folder has none.")
    return list_folder(path)
