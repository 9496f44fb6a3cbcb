"""COCO JSON files -> listing: boxes, polygons, run lengths and keypoints of the objects of each picture."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.reach import OWN_FOLDER, Reach, are_outside, check_inside, common_root
from cnnsearch.data.sources.base import PictureSource, refuse_columns
from cnnsearch.data.sources.coco_file import CocoFile, CocoPicture, read_coco
from cnnsearch.data.sources.folder import PART_SPELLINGS
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError

_FOLDER = "annotations"
_OWN_NAME = "_annotations.coco.json"
"""The name of the file that exporters write into the folder of each part, beside the pictures."""
_WORDS = frozenset({"annotation", "annotations", "instances", "keypoints", "coco"})
"""One of them is in the name of a file that lies beside other things."""


@dataclass(frozen=True)
class _File:
    """A file of annotations, and the part whose pictures it has."""

    path: Path
    part: str


def list_coco(
    path: Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the pictures of COCO files, each with its objects.

    A picture is looked for beside its file, in `images`, and in a folder named as the part of the file; if
    the file is in a folder `annotations`, also beside that folder; then likewise in the data root.

    Args:
        path: A JSON file; or a folder with the file, with `annotations/instances_train.json` and others for
            the parts, or with a file `_annotations.coco.json` in the folder of each part.
        columns: Only for manifests.
        task: Name of the task; where there are files for keypoints and others, it decides between them.
        reach: The places that the files may lead to.

    Raises:
        DataError: A file is not in COCO format, or its pictures are elsewhere; the message names the file and
            the annotation.
    """
    refuse_columns(path, columns)
    root = _root_of(path).resolve()
    files = [_File(path, "")] if path.is_file() else _files(path, task)
    for file in files if path.is_dir() else ():
        check_inside(file.path, root, reach, str(path))
    read = [read_coco(file.path, _name(file.path, root)) for file in files]
    found: list[tuple[str, CocoPicture, str]] = []
    for file, coco in zip(files, read, strict=True):
        places = _places(coco.pictures, _folders(file.path, root, reach), str(path))
        found += [(place, picture, file.part) for place, picture in zip(places, coco.pictures, strict=True)]
    paths = [place for place, _, _ in found]
    _check_paths(paths, [picture.name for _, picture, _ in found], root, reach, str(path))
    common, relative = common_root(paths, root, reach)
    entries = tuple(
        Entry(own, "", part, objects=picture.objects, size=picture.size)
        for own, (_, picture, part) in zip(relative, found, strict=True)
    )
    categories = tuple(dict.fromkeys(category for coco in read for category in coco.categories))
    return PictureListing(
        common,
        str(path),
        "coco",
        entries,
        columns=("objects",),
        categories=categories,
        keypoints=_keypoints(read, task, str(path)),
    )


def _is_coco(path: Path) -> bool:
    return _is_json(path) or (path.is_dir() and bool(_candidates(path)))


def _is_json(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".json" and not path.name.startswith(".")


def _candidates(folder: Path) -> list[Path]:
    """Return the files of a folder that may have annotations."""
    inner = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    if _FOLDER in inner and (own := sorted(filter(_is_json, inner[_FOLDER].iterdir()))):
        return own
    if parts := [
        path / _OWN_NAME
        for name, path in inner.items()
        if name in PART_SPELLINGS and (path / _OWN_NAME).is_file()
    ]:
        return parts
    return [path for path in sorted(folder.iterdir()) if _is_json(path) and _WORDS & set(_words(path.stem))]


def _words(name: str) -> list[str]:
    return re.findall("[a-z]+", name.lower())


def _part_of(name: str) -> str:
    """Return the part that is a word of a name, such as that of `instances_val2017`; empty without one."""
    return next((PART_SPELLINGS[word] for word in _words(name) if word in PART_SPELLINGS), "")


def _files(folder: Path, task: str | None) -> list[_File]:
    """Return the files of a folder in the order of their parts."""
    paths = _candidates(folder)
    names = {path: path.parent.name if path.name == _OWN_NAME else path.stem for path in paths}
    if folder / _OWN_NAME in names:
        return [_File(folder / _OWN_NAME, "")]
    kinds = {
        path: " ".join(word for word in _words(name) if word not in PART_SPELLINGS)
        for path, name in names.items()
    }
    word = "keypoints" if task == "keypoints" else "instances"
    found = set(kinds.values())
    wanted = {kind for kind in found if word in kind} if len(found) > 1 else found
    chosen = [path for path in paths if wanted == {kinds[path]}]
    parts = {_part_of(names[path]): path for path in chosen}
    if len(chosen) == 1 and "" in parts:
        return [_File(chosen[0], "")]
    if len(parts) < len(chosen) or "train" not in parts or "" in parts:
        raise DataError(
            f"{folder}: found the files{named(str(path.relative_to(folder)) for path in paths)}\n"
            "expected one file, or one for train and at most one each for validation and test, named such as "
            "instances_train.json; or give the path of one file."
        )
    return [_File(parts[part], part) for part in PARTS if part in parts]


def _root_of(path: Path) -> Path:
    """Return the folder of the dataset."""
    if path.is_dir():
        return path
    own = path.parent.resolve()
    return own.parent if own.name.lower() == _FOLDER else own


def _name(file: Path, root: Path) -> str:
    """Return the name of a file for messages."""
    resolved = file.parent.resolve() / file.name
    return str(resolved.relative_to(root)) if resolved.is_relative_to(root) else file.name


def _folders(file: Path, root: Path, reach: Reach) -> list[Path]:
    """Return the folders in which the pictures of a file may be."""
    own = file.parent.resolve()
    bases = dict.fromkeys([own, root if own.name.lower() == _FOLDER else own, *reach.roots(root)[1:]])
    outer = [folder for base in bases for folder in (base, base / "images") if folder.is_dir()]
    part = _part_of(file.stem)
    return [*outer, *(inner for folder in outer for inner in _inner(folder, part))]


def _inner(folder: Path, part: str) -> Iterator[Path]:
    """Yield the folders in a folder that are named as a part."""
    if part:
        yield from (
            path for path in sorted(folder.iterdir()) if path.is_dir() and _part_of(path.name) == part
        )


def _places(pictures: Sequence[CocoPicture], folders: Sequence[Path], place: str) -> list[str]:
    """Return the absolute path of each picture; one that is missing is put where most others are.

    Raises:
        DataError: All of them are missing.
    """
    last, found = folders[0], list[Path | None]()
    for picture in pictures:
        folder = next((one for one in (last, *folders) if (one / picture.name).is_file()), None)
        last = folder or last
        found.append(folder)
    if pictures and not any(found):
        raise DataError(
            f"{place}: found none of the {len(pictures)} pictures, such as {pictures[0].name}, in the folders"
            f"{named(map(str, folders))}"
        )
    return [_normal(folder or last, picture.name) for folder, picture in zip(found, pictures, strict=True)]


def _normal(folder: Path, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118


def _check_paths(paths: Sequence[str], names: Sequence[str], root: Path, reach: Reach, place: str) -> None:
    if not paths:
        raise DataError(f"{place}: found no pictures in the list `images`.")
    outside = [
        name for name, is_out in zip(names, are_outside(paths, root, reach, place), strict=True) if is_out
    ]
    if outside:
        raise DataError(
            f"{place}: found pictures outside of the folder {root}"
            f"{' and the data root' if reach.data_root else ''} (--data-root names another folder, "
            f"--follow-links allows links):{named(outside)}"
        )
    if twice := [path for path, count in Counter(paths).items() if count > 1]:
        raise DataError(f"{place}: found pictures that are listed twice:{named(twice)}")


def _keypoints(read: Sequence[CocoFile], task: str | None, place: str) -> tuple[str, ...]:
    """Return the names of the keypoints.

    Raises:
        DataError: Categories have different ones, and the task may be that of keypoints.
    """
    found = dict.fromkeys(names for coco in read for names in coco.keypoints.values() if names)
    if len(found) > 1 and task in (None, "keypoints"):
        texts = [
            f"{category}: {', '.join(names)}" for coco in read for category, names in coco.keypoints.items()
        ]
        raise DataError(
            f"{place}: found categories with different keypoints:{named(dict.fromkeys(texts))}\n"
            "expected the same in all; --task detection reads boxes only."
        )
    return next(iter(found), ()) if len(found) == 1 else ()


COCO = PictureSource("a COCO file or a folder of COCO files", takes=_is_coco, list=list_coco)
