"""Files of spaces: shipped spaces by name, others by path."""

from importlib import resources
from pathlib import Path as FilePath

from cnnsearch.errors import SpaceError
from cnnsearch.suggestions import did_you_mean, listed


def shipped_folder() -> FilePath:
    """Return the folder of the shipped spaces: inside an installed package, or beside it in a checkout."""
    package = FilePath(str(resources.files("cnnsearch")))
    installed = package / "search_spaces"
    return installed if installed.is_dir() else package.parent / "search_spaces"


def shipped_spaces() -> dict[str, FilePath]:
    """Return the files of the shipped spaces by name."""
    return {file.stem: file for file in sorted(shipped_folder().glob("*.yaml"))}


def find_space(name: str | FilePath, beside: FilePath | None = None) -> FilePath:
    """Return the file of a space.

    Args:
        name: The path of a YAML file, or the name of a shipped space.
        beside: The folder to which a path is relative; by default the working directory.

    Raises:
        SpaceError: The space does not exist; the message suggests similar names.
    """
    shipped = shipped_spaces()
    if str(name) in shipped:
        return shipped[str(name)]
    path = (beside or FilePath()) / name
    try:
        if path.is_file():
            return path
        if path.is_dir():
            raise SpaceError(
                f"{name}: is a folder; expected the YAML file of a space, or one of {listed(shipped)}"
            )
    except OSError as error:  # for example a name that is too long, or a folder without permission
        raise SpaceError(f"{name}: cannot be read: {error.strerror}") from error
    hint = did_you_mean(str(name), shipped)
    raise SpaceError(f"{name}: no such file or shipped space ({listed(shipped)}).{hint}")
