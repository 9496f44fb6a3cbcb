"""Where spaces are found: the shipped ones by name, others by path."""

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
    """Return the shipped spaces' files by name."""
    return {file.stem: file for file in sorted(shipped_folder().glob("*.yaml"))}


def find_space(name: str | FilePath, beside: FilePath | None = None) -> FilePath:
    """Return the file of a space named by its path, or by its name where it is shipped.

    Args:
        name: A path that ends in .yaml or .yml, or a shipped space's name.
        beside: The folder that a relative path starts from.

    Raises:
        SpaceError: There is no such space; the message offers the near names.
    """
    shipped = shipped_spaces()
    if str(name) in shipped:
        return shipped[str(name)]
    path = (beside or FilePath()) / name
    try:
        if path.is_file():
            return path
        if path.is_dir():
            raise SpaceError(f"{name}: is a folder; expected a space's YAML file or one of {listed(shipped)}")
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise SpaceError(f"{name}: cannot be read: {error.strerror}") from error
    hint = did_you_mean(str(name), shipped)
    raise SpaceError(f"{name}: no such file, nor a shipped space ({listed(shipped)}).{hint}")
