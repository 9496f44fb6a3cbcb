"""Where spaces are found: the shipped ones by name, others by path; and the parts that `use` takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path as FilePath

from cnnsearch.errors import SpaceError
from cnnsearch.space.reading import Faults, Listing, Mapping, Mark, Scalar, Tree, near, quoted, read_file

MAX_USES = 8
TRANSPARENT = ("one_of", "sequence")
"""Keys that are no part of a path."""


def shipped_folder() -> FilePath:
    """The folder of the shipped spaces: inside an installed package, or beside it in a checkout."""
    package = FilePath(str(resources.files("cnnsearch")))
    installed = package / "search_spaces"
    return installed if installed.is_dir() else package.parent / "search_spaces"


def shipped_spaces() -> dict[str, FilePath]:
    """The shipped spaces' files by name."""
    return {file.stem: file for file in sorted(shipped_folder().glob("*.yaml"))}


def find_space(name: str | FilePath, beside: FilePath | None = None) -> FilePath:
    """The file of a space named by its path, or by its name where it is shipped.

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
            raise SpaceError(f"{name}: is a folder; expected a space's YAML file or one of {quoted(shipped)}")
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise SpaceError(f"{name}: cannot be read: {error.strerror}") from error
    hint = near(str(name), shipped)
    raise SpaceError(f"{name}: no such file, nor a shipped space ({quoted(shipped)}).{hint}")


class Library:
    """Fetches the parts of other spaces; a relative path starts from the file that it is written in."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def following(self, mark: Mark) -> Iterator[None]:
        """Guards against spaces that use each other for ever.

        Raises:
            SpaceError: Too many uses within each other.
        """
        self._depth += 1
        if self._depth > MAX_USES:
            raise SpaceError(f"{mark}: over {MAX_USES} spaces use each other; is it a circle?")
        yield
        self._depth -= 1

    def expanded(self, tree: Tree, faults: Faults, keys: tuple[str, ...] = ()) -> Tree:
        """A space's tree with the parts that it uses written out, so that it stands alone.

        Args:
            tree: A space without faults, or a part of one.
            faults: Where faults are noted.
            keys: Where the part stands.
        """
        if isinstance(tree, Listing):
            return Listing(tree.mark, tuple(self.expanded(item, faults, keys) for item in tree.items))
        if isinstance(tree, Scalar):
            return tree
        if keys and "use" in tree.entries:
            with self.following(tree.mark):
                part = self.part(tree.entries["use"], keys, ".".join(keys), faults)
                return self.expanded(part, faults, keys) if part is not None else tree
        entries = {
            key: self.expanded(value, faults, keys if key in TRANSPARENT else (*keys, key))
            for key, value in tree.entries.items()
        }
        return Mapping(tree.mark, entries, tree.marks)

    def part(self, names: Tree, keys: tuple[str, ...], where: str, faults: Faults) -> Tree | None:
        """The part under `keys` of the space that `names` names, or a choice between those of several."""
        if isinstance(names, Scalar):
            return self._of_one(names, keys, where, faults)
        if not isinstance(names, Listing) or not names.items:
            faults.add(names, where, "use takes a space's name or a list of names")
            return None
        items = []
        for name in names.items:
            part = self._of_one(name, keys, where, faults) if isinstance(name, Scalar) else None
            if isinstance(part, Mapping) and isinstance(name, Scalar):
                items.append(_named(part, FilePath(name.text).stem, name.mark))
            elif part is not None or not isinstance(name, Scalar):
                faults.add(name, where, "a list under use names spaces whose part is a mapping")
        marks = {"one_of": names.mark}
        return Mapping(names.mark, {"one_of": Listing(names.mark, tuple(items))}, marks) if items else None

    def _of_one(self, name: Scalar, keys: tuple[str, ...], where: str, faults: Faults) -> Tree | None:
        try:
            tree: Tree = read_file(find_space(name.text, name.mark.file.parent), faults)
        except SpaceError as error:
            faults.add(name, where, str(error))
            return None
        for key in keys:
            if not isinstance(tree, Mapping) or key not in tree.entries:
                faults.add(name, where, f"the space {name.text} has no {'.'.join(keys)}")
                return None
            tree = tree.entries[key]
        return tree


def _named(part: Mapping, name: str, mark: Mark) -> Mapping:
    """A part as an item of a list, called by its space."""
    entries = {"name": Scalar(mark, name, name), **part.entries}
    return Mapping(part.mark, entries, {"name": mark, **part.marks})
