"""Checks of a saved model before Keras loads it; `cnnsearch.bundle.model_files` applies them.

Keras's own `safe_mode` refuses lambdas only; these checks refuse everything that a network does not need. No
Keras here.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cnnsearch.bundle.weight_checks import check_weights
from cnnsearch.errors import StudyError

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
ENTRIES = {"metadata.json", CONFIG, WEIGHTS}
"""The entries of a saved network; layers with additional files would add `assets/`."""
MOST_BYTES = 2**32
"""The largest file that is read: 10^9 weights in float32."""
MOST_CONFIG_BYTES = 2**25

MODELS = {"keras.Sequential", "keras.src.models.functional.Functional"}
CLASSES = {*MODELS, "keras.DTypePolicy", "keras.src.ops.core.Cast"}
MODULES = {
    "keras.layers",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.src.ops.numpy",
    "keras.src.ops.nn",
    "keras.src.ops.math",
    "keras.src.ops.image",
}
"""Keras modules of layers and operations; of other modules only `CLASSES` are needed."""
REFUSED_LAYERS = {
    "Lambda",  # contains Python byte code
    "TorchModuleWrapper",  # contains a pickle
    "TFSMLayer",  # loads a SavedModel from a folder
    "JaxLayer",  # these two call a function named in the file
    "FlaxLayer",
    "StringLookup",  # these three read a vocabulary from a file
    "IntegerLookup",
    "TextVectorization",
}
"""Keras layers that run code from the file or read other files."""
PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__"}
"""Values that Keras serializes like objects, except `__lambda__` and `__typespec__`."""
_EXPECTED = ", ".join(sorted(ENTRIES))
_LONGEST = 300


def check_model_file(path: Path) -> None:
    """Check that a file is a network as saved by Keras, and nothing else; no code in it is run.

    Raises:
        StudyError: The file is refused; the message names it and the reason.
    """
    try:
        _check_name(path)
        with ZipFile(path) as archive:
            _check_entries(archive.infolist(), path.stat().st_size)
            _check_config(json.loads(archive.read(CONFIG)))
            check_weights(BytesIO(archive.read(WEIGHTS)))
    except BadZipFile as error:
        raise refusal(path, f"not a zip archive, or a damaged one: {error}") from None
    except StudyError as error:
        raise refusal(path, error) from None
    except Exception as error:  # readers of crafted files may raise any exception
        raise refusal(path, f"cannot be read: {type(error).__name__}: {error}") from None


def refusal(path: Path, reason: object) -> StudyError:
    """Return the error for a model file; the reason, which may quote the file, is cut to one bounded line."""
    line = " ".join(str(reason).split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in line)
    return StudyError(f"{path}: refused as a model: {shown[:_LONGEST]}")


def _check_name(path: Path) -> None:
    if path.suffix != ".keras":
        raise StudyError(f"its name ends in '{path.suffix}'; expected .keras, the only format that is loaded")
    if path.is_dir():
        raise StudyError("is a folder; expected a .keras file")
    if not path.is_file():
        raise StudyError("no such file")
    if path.stat().st_size > MOST_BYTES:
        raise StudyError(f"has {path.stat().st_size:,} bytes; expected at most {MOST_BYTES:,}")


def _check_entries(entries: list[ZipInfo], size: int) -> None:
    """Check that each entry of a model occurs once and uncompressed, so that it cannot exceed the file."""
    for entry in entries:
        if entry.filename not in ENTRIES:
            raise StudyError(f"contains the entry '{entry.filename}'; expected only {_EXPECTED}")
        if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
            raise StudyError(
                f"its {entry.filename} unpacks {entry.compress_size:,} bytes to {entry.file_size:,}; "
                "expected no compression, as Keras saves it"
            )
    names = sorted(entry.filename for entry in entries)
    if names != sorted(ENTRIES):
        raise StudyError(f"contains {', '.join(names) or 'no entries'}; expected {_EXPECTED}, once each")
    sizes = {entry.filename: entry.file_size for entry in entries}
    if sum(sizes.values()) > size:
        raise StudyError(f"its entries have {sum(sizes.values()):,} bytes, but the file has only {size:,}")
    if sizes[CONFIG] > MOST_CONFIG_BYTES:
        raise StudyError(f"its {CONFIG} has {sizes[CONFIG]:,} bytes; expected at most {MOST_CONFIG_BYTES:,}")


def _check_config(config: Any) -> None:
    """Check a model and all objects that Keras would create from its configuration, at any depth."""
    if not isinstance(config, dict) or _full_name(config) not in MODELS:
        raise StudyError(f"its {CONFIG} does not describe a Sequential or Functional model of Keras")
    for place, described in _objects(config, ""):
        fault = _fault(described)
        if fault:
            raise StudyError(f"its {CONFIG}{f' at {place}' if place else ''} contains {fault}")


def _objects(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if "class_name" in value:
            yield place, value
        for key, inner in value.items():
            yield from _objects(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _objects(inner, f"{place}.{position}".lstrip("."))


def _fault(described: dict[str, Any]) -> str | None:
    """Return why an object is refused, or None. Keras would import the module that it names."""
    module, name = described.get("module"), str(described["class_name"])
    registered = described.get("registered_name")
    if module is None and name in PLAIN:
        return None
    full_name = _full_name(described)
    if module == "keras.layers" and name in REFUSED_LAYERS:
        return f"{full_name}, which runs code from the file or reads other files"
    is_class = name[:1].isupper()  # unlike `function` and `deserialize`
    if full_name not in CLASSES and not (module in MODULES and is_class):
        return f"{full_name}, which is not a layer, operation or initializer of Keras"
    if registered not in (None, name):
        return f"the registered object '{registered}'; expected only classes of Keras"
    return None


def _full_name(described: dict[str, Any]) -> str:
    module = described.get("module")
    return f"{module}.{described.get('class_name')}" if module else str(described.get("class_name"))
