"""Which files a dataset argument may lead to: one rule for the search, the data check and predictions.

A folder or a manifest leads to the files in its own folder. A manifest also leads to those below the folder
`data_root`, if one is given: relative paths are relative to the manifest's folder, or to the root where they
are not found there. Links that lead elsewhere are refused unless links are followed.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from cnnsearch.data.listing import leaves
from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reach:
    """The places that a dataset argument may lead to.

    Args:
        data_root: The folder of the files of manifests, besides the manifest's own; None for no other.
        follow_links: Whether links may lead anywhere.
    """

    data_root: Path | None = None
    follow_links: bool = False

    def __post_init__(self) -> None:
        if self.data_root is not None and not self.data_root.is_dir():
            raise DataError(f"data root: found {self.data_root}; expected an existing folder.")

    def roots(self, folder: Path) -> tuple[Path, ...]:
        """Return the resolved folders in which the files of a manifest in `folder` may be."""
        root = self.data_root
        return (folder.resolve(), *([root.expanduser().resolve()] if root is not None else ()))


OWN_FOLDER = Reach()
"""The files in the argument's own folder only."""


def place_paths(names: Sequence[str], folder: Path, reach: Reach, place: str) -> list[str]:
    """Return the paths of a manifest as absolute paths.

    Args:
        names: The paths in the manifest; those that are relative are relative to its folder, or to the root.
        folder: The manifest's folder.
        reach: The places that the manifest may lead to.
        place: The manifest, for the line that says how many paths are relative to the root.
    """
    own, *others = reach.roots(folder)
    paths = [_placed(name, own) for name in names]
    for root in others:
        elsewhere = [
            index
            for index, (name, path) in enumerate(zip(names, paths, strict=True))
            if name and not PurePath(name).is_absolute() and not Path(path).exists()
        ]
        for index in elsewhere:
            paths[index] = _placed(names[index], root)
        if elsewhere:
            logger.warning(
                "%s: %d of %d paths are relative to the data root %s", place, len(elsewhere), len(names), root
            )
    return paths


def are_outside(paths: Sequence[str], folder: Path, reach: Reach, place: str) -> list[bool]:
    """Return for each absolute path whether it leads out of the places that a manifest may lead to.

    If links are followed, a line names the place of their targets.
    """
    roots = reach.roots(folder)
    leave = [_Leaving(root) for root in roots]
    outside = [all(leaves_root(path) for leaves_root in leave) for path in paths]
    if reach.follow_links:
        linked = [path for path, is_out in zip(paths, outside, strict=True) if is_out and _is_in(path, roots)]
        tell_links(linked, place)
        outside = [is_out and not _is_in(path, roots) for path, is_out in zip(paths, outside, strict=True)]
    return outside


def _is_in(path: str, roots: Sequence[Path]) -> bool:
    return any(Path(path).is_relative_to(root) for root in roots)


def common_root(paths: Sequence[str], folder: Path, reach: Reach) -> tuple[Path, list[Path]]:
    """Return a folder that contains all paths, and the paths relative to it.

    If the data root or the manifest's folder contains all of them, it is that one, wherever the other is.
    """
    roots = reach.roots(folder)
    common = Path(os.path.commonpath(roots))
    starts = {root: f"{str(root).rstrip(os.sep)}{os.sep}" for root in (*reversed(roots), common)}
    root = next(root for root, start in starts.items() if all(path.startswith(start) for path in paths))
    return root, [Path(path[len(starts[root]) :]) for path in paths]


def check_inside(path: Path, folder: Path, reach: Reach, place: str) -> None:
    """Check that a file of a dataset, with links resolved, is in the dataset's folder.

    Raises:
        DataError: It is elsewhere, and links are not followed.
    """
    if not reach.follow_links and leaves(path, folder.resolve()):
        raise DataError(
            f"{place}: {path.name} leads out of the folder {folder} (--follow-links allows links)."
        )


def tell_links(linked: Sequence[str], place: str) -> None:
    """Log how many paths lead out through followed links, and the common folders of their targets."""
    if linked:
        common = ", ".join(_common_places([os.path.realpath(path) for path in linked]))
        logger.warning("%s: follows links of %d paths, to %s", place, len(linked), common)


def _common_places(targets: Sequence[str]) -> Iterator[str]:
    """Yield the common folder of paths; that of each top folder if the paths have no more in common."""
    common = Path(os.path.commonpath(targets))
    if len(common.parts) > 1 or len(targets) == 1:
        yield str(common)
        return
    tops: dict[str, list[str]] = {}
    for target in targets:
        tops.setdefault(Path(target).parts[1], []).append(target)
    yield from (f"{os.path.commonpath(tops[top])} ({len(tops[top])})" for top in sorted(tops))


def _placed(name: str, root: Path) -> str:
    """Return a path relative to the root as an absolute path; links in a relative path are not resolved."""
    if PurePath(name).is_absolute():
        path = Path(name)
        return os.path.normpath(path.parent.resolve() / path.name)
    return os.path.normpath(f"{root}{os.sep}{name}")


class _Leaving:
    """Whether paths are outside of a folder, with links resolved; each folder is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._outside: dict[str, bool] = {}
        self._links: dict[str, frozenset[str]] = {}

    def __call__(self, path: str) -> bool:
        folder, _, name = path.rpartition(os.sep)
        if folder not in self._outside:
            self._outside[folder] = leaves(folder, self._root)
            self._links[folder] = frozenset() if self._outside[folder] else _links(folder)
        return self._outside[folder] or (name in self._links[folder] and leaves(path, self._root))


def _links(folder: str) -> frozenset[str]:
    if not Path(folder).is_dir():
        return frozenset()
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries if entry.is_symlink())
