"""Small annotated datasets, made on the spot: pictures with one bright rectangle each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 24, 16


def rectangle(number: int) -> tuple[int, int, int, int]:
    """The box of the rectangle in a picture: x0, y0, x1, y1."""
    return 2 + number % 4, 3 + number % 3, 10 + number % 4, 9 + number % 3


def write_pictures(folder: Path, count: int = 8, *, start: int = 0) -> list[str]:
    """Writes grey pictures with a rectangle of 200 on noise below 50."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number in range(start, start + count):
        picture = np.random.default_rng(number).integers(0, 50, (HEIGHT, WIDTH)).astype(np.uint8)
        x0, y0, x1, y1 = rectangle(number)
        picture[y0:y1, x0:x1] = 200
        names.append(f"{number}.png")
        Image.fromarray(picture).save(folder / names[-1])
    return names


def coco_box(number: int) -> list[float]:
    x0, y0, x1, y1 = rectangle(number)
    return [x0, y0, x1 - x0, y1 - y0]


def polygon(number: int) -> list[float]:
    x0, y0, x1, y1 = rectangle(number)
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def coco_content(count: int = 8, *, start: int = 0, **fields: Callable[[int], Any]) -> dict[str, Any]:
    """The content of a file of one object in each picture; `fields` give further values of annotation n."""
    return {
        "images": [
            {"id": 100 + n, "file_name": f"{n}.png", "width": WIDTH, "height": HEIGHT}
            for n in range(start, start + count)
        ],
        "categories": [{"id": 3, "name": "cell"}, {"id": 7, "name": "dot"}],
        "annotations": [
            {
                "id": n,
                "image_id": 100 + n,
                "category_id": (3, 7)[n % 2],
                "bbox": coco_box(n),
                **{key: value(n) for key, value in fields.items()},
            }
            for n in range(start, start + count)
        ],
    }


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def write_coco(folder: Path, count: int = 8, **fields: Callable[[int], Any]) -> Path:
    """Writes pictures into `images` and one file beside the folder."""
    write_pictures(folder / "images", count)
    return write_json(folder / "annotations.json", coco_content(count, **fields))


def voc_text(*objects: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    width, height = size
    size_text = f"<size><width>{width}</width><height>{height}</height><depth>1</depth></size>"
    return f"<annotation>{size_text}{''.join(objects)}</annotation>"


def voc_object(box: tuple[float, ...], name: str = "cell") -> str:
    """An object of a box whose coordinates are counted from 1, both ends included."""
    ends = "".join(
        f"<{end}>{value}</{end}>" for end, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    )
    return f"<object><name>{name}</name><difficult>1</difficult><bndbox>{ends}</bndbox></object>"


def write_voc(folder: Path, count: int = 8, *, start: int = 0, pictures: str = "JPEGImages") -> Path:
    (folder / "Annotations").mkdir(parents=True, exist_ok=True)
    write_pictures(folder / pictures, count, start=start)
    for number in range(start, start + count):
        x0, y0, x1, y1 = rectangle(number)
        text = voc_text(voc_object((x0 + 1, y0 + 1, x1, y1), ("cell", "dot")[number % 2]))
        (folder / "Annotations" / f"{number}.xml").write_text(text)
    return folder


def yolo_box(number: int) -> str:
    x0, y0, x1, y1 = rectangle(number)
    shares = (x0 + x1) / 2 / WIDTH, (y0 + y1) / 2 / HEIGHT, (x1 - x0) / WIDTH, (y1 - y0) / HEIGHT
    return " ".join(f"{share:.6f}" for share in shares)


def write_yolo(
    folder: Path,
    count: int = 8,
    *,
    start: int = 0,
    pictures: str = "images",
    labels: str = "labels",
    line: Callable[[int], str] = yolo_box,
) -> Path:
    write_pictures(folder / pictures, count, start=start)
    (folder / labels).mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        (folder / labels / f"{number}.txt").write_text(f"{number % 2} {line(number)}\n")
    return folder


def bright_boxes(x: np.ndarray, limit: int = 120) -> list[list[int]]:
    """The box around the bright pixels of each example."""
    boxes = []
    for example in x[..., 0]:
        rows, columns = np.nonzero(example > limit)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return boxes
