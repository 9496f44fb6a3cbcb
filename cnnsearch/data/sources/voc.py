"""Pascal VOC folder (Everingham et al. 2010) -> listing: an XML file of boxes for each picture.

Coordinates of a file are whole pixels counted from 1, both ends included: xmin 1 and xmax 10 cover the
coordinates from 0 to 10.
"""

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from cnnsearch.data.annotations import Annotation, Box
from cnnsearch.data.listing import Entry, LeftOut, PictureListing, Tally, named
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.base import PictureSource, refuse_columns
from cnnsearch.data.sources.folder import list_all
from cnnsearch.data.sources.pairs import by_name, check_no_rest, find_pairs
from cnnsearch.errors import DataError

_PICTURES, _ANNOTATIONS = ("jpegimages", "images"), ("annotations",)
_LISTS = Path("ImageSets", "Main")
_PARTS = {"train": "train", "trainval": "train", "val": "validation", "test": "test"}
"""The part of the pictures in each list; `trainval` counts where there is neither `train` nor `val`."""
_ENDS = ("xmin", "ymin", "xmax", "ymax")


def list_voc(
    folder: Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the pictures of a VOC folder, each with the boxes in the XML file of its name.

    With lists in `ImageSets/Main`, only the pictures in the lists, in their parts. Categories are those
    that occur, sorted.

    Args:
        folder: A folder with `Annotations`, and `JPEGImages` or `images`; or part folders that have both.
        columns: Only for manifests.
        task: Without effect: the targets are boxes.
        reach: Whether links out of the folder are followed.

    Raises:
        DataError: A file of annotations is not valid, or has no picture; or a list names other pictures.
    """
    refuse_columns(folder, columns)
    entries, left_out = list[Entry](), tuple[LeftOut, ...]()
    for part, (pictures, annotations) in _pairs(folder).items():
        found = by_name(list_all(pictures, reach), pictures, "pictures", str(folder))
        files = by_name(list_all(annotations, reach, (".xml",)), annotations, "annotations", str(folder))
        parts = {} if part else _listed(folder, found, reach)
        if parts:
            left_out = _unlisted(found, parts, folder)
        else:
            check_no_rest(files, found, "files of annotations", folder)
            parts = dict.fromkeys(found, part)
        for name, own_part in parts.items():
            size, objects = _read(files[name], folder) if name in files else (None, ())
            own = found[name].relative_to(folder)
            entries.append(Entry(own, "", own_part, objects=objects, size=size))
    if not entries:
        raise DataError(f"{folder}: found no pictures.")
    categories = {one.category for entry in entries for one in entry.objects or ()}
    return PictureListing(
        folder.resolve(),
        str(folder),
        "voc",
        tuple(entries),
        left_out,
        columns=("objects",),
        categories=tuple(sorted(categories)),
    )


def _is_voc(path: Path) -> bool:
    return path.is_dir() and any(
        any(file.suffix.lower() == ".xml" for file in annotations.iterdir())
        for _, annotations in _pairs(path).values()
    )


def _pairs(folder: Path) -> dict[str, tuple[Path, Path]]:
    return find_pairs(folder, _PICTURES, _ANNOTATIONS)


def _listed(folder: Path, pictures: Mapping[str, Path], reach: Reach) -> dict[str, str]:
    """Return the part of each picture in the lists, in their order; empty if there are no lists."""
    main = folder / _LISTS
    lists = {path.stem: path for path in (list_all(main, reach, (".txt",)) if main.is_dir() else ())}
    if {"train", "val"} & lists.keys():
        lists.pop("trainval", None)
    chosen = [name for name in _PARTS if name in lists]
    if not chosen:
        return {}
    parts: dict[str, str] = {}
    for name in chosen:
        for picture in _lines(lists[name]):
            if parts.setdefault(picture, _PARTS[name]) != _PARTS[name]:
                raise DataError(f"{folder}: {picture} is in two of the lists in {_LISTS.as_posix()}.")
    if missing := [picture for picture in parts if picture not in pictures]:
        raise DataError(
            f"{folder}: the lists in {_LISTS.as_posix()} name {len(missing)} pictures that were not found:"
            f"{named(missing)}"
        )
    if "train" not in parts.values():
        raise DataError(
            f"{folder}: found {', '.join(f'{name}.txt' for name in chosen)} in {_LISTS.as_posix()}; expected "
            "also train.txt or trainval.txt, with at least one picture."
        )
    return parts


def _lines(path: Path) -> list[str]:
    try:
        return [words[0] for line in path.read_text(encoding="utf-8").splitlines() if (words := line.split())]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a list of pictures ({error}).") from error


def _unlisted(pictures: Mapping[str, Path], parts: Mapping[str, str], folder: Path) -> tuple[LeftOut, ...]:
    tally = Tally(folder)
    for name, path in pictures.items():
        if name not in parts:
            tally.add("in no list of ImageSets", path)
    return tally.left_out()


class _Builder(ElementTree.TreeBuilder):
    """Builds the tree of a file, without a definition of a document type, which may define entities."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("found <!DOCTYPE; expected no definition of a document type or of entities")


def _read(path: Path, folder: Path) -> tuple[tuple[int, int] | None, tuple[Annotation, ...]]:
    """Return the height and width in a file, if it has them, and its objects."""
    name = path.relative_to(folder).as_posix()
    try:
        root = ElementTree.fromstring(path.read_bytes(), ElementTree.XMLParser(target=_Builder()))
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise DataError(f"{folder}: {name}: cannot be read as annotations in XML ({error}).") from error
    if root.tag != "annotation":
        raise DataError(f"{folder}: {name}: found <{root.tag}>; expected <annotation>, as in Pascal VOC.")
    objects = []
    for number, element in enumerate(root.findall("object"), 1):
        place = f"{name}: object {number}"
        category = (element.findtext("name") or "").strip()
        if not category:
            raise DataError(f"{folder}: {place}: found no <name>; expected the name of its category.")
        objects.append(Annotation(category, place, _box(element, f"{folder}: {place}")))
    return _size(root), tuple(objects)


def _box(element: ElementTree.Element, place: str) -> Box:
    texts = [(element.findtext(f"bndbox/{end}") or "").strip() for end in _ENDS]
    try:
        x0, y0, x1, y1 = map(float, texts)
    except ValueError:
        found = ", ".join(f"{end} {text!r}" for end, text in zip(_ENDS, texts, strict=True))
        raise DataError(f"{place}: <bndbox>: found {found}; expected numbers.") from None
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise DataError(f"{place}: <bndbox>: found {', '.join(texts)}; expected finite numbers.")
    return x0 - 1, y0 - 1, x1, y1


def _size(root: ElementTree.Element) -> tuple[int, int] | None:
    """Return the height and width in a file; None if they are missing or 0, as some programs write them."""
    texts = [(root.findtext(f"size/{side}") or "").strip() for side in ("height", "width")]
    if not all(text.isdecimal() and int(text) for text in texts):
        return None
    return int(texts[0]), int(texts[1])


VOC = PictureSource("a Pascal VOC folder", takes=_is_voc, list=list_voc)
