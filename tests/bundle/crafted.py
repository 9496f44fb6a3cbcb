"""Model files that Keras would save, and ones made to do harm. Each maker writes one file into a folder.

What would be executed makes a file, `CANARY`, in the folder that is the current one.
"""

import json
import pickle
import warnings
import zipfile
from io import BytesIO
from pathlib import Path

import h5py
import keras
import numpy as np
from keras.src.utils import python_utils

from cnnsearch.bundle.model_checks import CONFIG, WEIGHTS

CANARY = "executed"


def tiny() -> keras.Model:
    dense = keras.layers.Dense(2, activation="softmax", name="dense")
    return keras.Sequential([keras.Input((2,)), dense])


def honest(folder: Path) -> Path:
    path = folder / "model.keras"
    tiny().save(path)
    return path


# The archive


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(path: Path, contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in contents.items():
            made.writestr(name, content)
    return path


def with_entry(name: str, content: bytes = b""):
    def make(folder: Path) -> Path:
        path = honest(folder)
        return archive(path, entries(path) | {name: content})

    return make


def without_weights(folder: Path) -> Path:
    path = honest(folder)
    return archive(path, {name: content for name, content in entries(path).items() if name != WEIGHTS})


def twice(folder: Path) -> Path:
    path = honest(folder)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as made:
        warnings.simplefilter("ignore")
        made.writestr(CONFIG, b"{}")
    return path


def bomb(folder: Path) -> Path:
    path = honest(folder)
    return archive(path, entries(path) | {WEIGHTS: bytes(2**25)}, zipfile.ZIP_DEFLATED)


def overlong(folder: Path) -> Path:
    """An archive whose directory declares 2 GB of weights."""
    path = honest(folder)
    with zipfile.ZipFile(path, "a") as made:
        weights = made.getinfo(WEIGHTS)
        weights.file_size = weights.compress_size = 2**31
        made.comment = b"so that the directory is written again"
    return path


def truncated(folder: Path) -> Path:
    path = honest(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def damaged(folder: Path) -> Path:
    """A file with one changed byte in the weights."""
    path = honest(folder)
    content = bytearray(path.read_bytes())
    content[content.index(b"\x89HDF") + 500] ^= 1
    path.write_bytes(content)
    return path


def hdf5(folder: Path) -> Path:
    path = folder / "model.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny().save(path)
    return path


def unpacked(folder: Path) -> Path:
    """A folder with the same content, which Keras would load too."""
    path = folder / "model.keras"
    path.mkdir()
    for name, content in entries(honest(folder.parent)).items():
        (path / name).write_bytes(content)
    return path


# The configuration


def with_config(change):
    """A file whose configuration is replaced by the result of `change`."""

    def make(folder: Path) -> Path:
        path = honest(folder)
        contents = entries(path)
        contents[CONFIG] = change(json.loads(contents[CONFIG]))
        if not isinstance(contents[CONFIG], bytes):
            contents[CONFIG] = json.dumps(contents[CONFIG]).encode()
        return archive(path, contents)

    return make


def with_activation(**described):
    """A file whose dense layer has an object of the file as its activation."""

    def change(config):
        config["config"]["layers"][1]["config"]["activation"] = described
        return config

    return with_config(change)


def with_layer(module: str, class_name: str, config: dict | None = None, registered_name: str | None = None):
    """A file with an additional layer."""
    layer = {"module": module, "class_name": class_name, "config": config or {"name": "it"}}

    def change(whole):
        whole["config"]["layers"].append(layer | {"registered_name": registered_name})
        return whole

    return with_config(change)


PAYLOAD = lambda x: open("executed", "w").close() or x  # noqa: E731, PTH123


def lambda_layer(folder: Path) -> Path:
    """A Lambda layer as saved by Keras."""
    return with_layer("keras.layers", "Lambda", keras.layers.Lambda(PAYLOAD).get_config())(folder)


def byte_code(folder: Path) -> Path:
    value = python_utils.func_dump(PAYLOAD)
    return with_activation(class_name="__lambda__", config={"value": value})(folder)


def own_module(folder: Path) -> Path:
    """A file that names a module beside it, which does harm when imported."""
    (folder / "harmful.py").write_text(f"open({CANARY!r}, 'w').close()\ndef act(x): return x\n")
    return with_activation(module="harmful", class_name="function", config="act", registered_name="act")(
        folder
    )


class Harm:
    """Creates the canary when unpickled."""

    def __reduce__(self):
        return open, (CANARY, "w")


def pickled_module(folder: Path) -> Path:
    module = pickle.dumps(Harm()).decode("latin-1")
    return with_layer("keras.layers", "TorchModuleWrapper", {"name": "it", "module": module})(folder)


def of_units(units: int):
    """A file whose dense layer has `units` units, independent of its weights."""

    def change(config):
        config["config"]["layers"][1]["config"]["units"] = units
        return config

    return with_config(change)


# The weights


def with_weights(change):
    """A file whose weights were modified by `change`, which gets the open HDF5 file."""

    def make(folder: Path) -> Path:
        path = honest(folder)
        contents = entries(path)
        file = BytesIO(contents[WEIGHTS])
        with h5py.File(file, "r+") as weights:
            change(weights)
        return archive(path, contents | {WEIGHTS: file.getvalue()})

    return make


KERNEL = "layers/dense/vars/0"


def instead(**dataset):
    """A file with another dataset as the kernel."""

    def change(weights):
        del weights[KERNEL]
        weights.create_dataset(KERNEL, **dataset)

    return with_weights(change)


def linked(link):
    """A file with a link as the kernel."""

    def change(weights):
        del weights[KERNEL]
        weights[KERNEL] = link

    return with_weights(change)


def loop(weights):
    weights["layers/dense/loop"] = weights["layers"]


def doubled(weights):
    weights["layers/dense/vars/2"] = weights[KERNEL]


def virtual(weights):
    layout = h5py.VirtualLayout(shape=(2, 2), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "secret", shape=(2, 2))
    del weights[KERNEL]
    weights.create_virtual_dataset(KERNEL, layout)


NUMBERS = np.zeros((2, 2), np.float32)
ZEROS = np.zeros((1000, 1000), np.float32)

REFUSED = {
    "hdf5": (hdf5, r"its name ends in '\.h5'; expected \.keras"),
    "folder": (unpacked, r"is a folder; expected a \.keras file"),
    "missing": (lambda folder: folder / "none.keras", "no such file"),
    "truncated": (truncated, "not a zip archive, or a damaged one"),
    "damaged": (damaged, "not a zip archive, or a damaged one: Bad CRC-32"),
    "zip slip": (with_entry(f"../{CANARY}"), rf"contains the entry '\.\./{CANARY}'; expected only config\."),
    "absolute": (with_entry("/tmp/executed"), "contains the entry '/tmp/executed'"),
    "assets": (with_entry("assets/layers/it/vocabulary.txt"), "contains the entry 'assets/"),
    "no weights": (without_weights, r"contains config\.json, metadata\.json; expected"),
    "twice": (twice, r"contains config\.json, config\.json, metadata\.json, .* once each"),
    "zip bomb": (bomb, r"its .* unpacks [\d,]+ bytes to [\d,]+; expected no compression"),
    "overlong": (overlong, r"its entries have 2,147,[\d,]+ bytes, but the file has only [\d,]+$"),
    "lambda layer": (lambda_layer, r"contains keras\.layers\.Lambda, which runs code from the file"),
    "byte code": (byte_code, r"config\.json at config\.layers\.1\.config\.activation contains __lambda__"),
    "own module": (own_module, r"contains harmful\.function, which is not a layer"),
    "os": (
        with_activation(module="os", class_name="function", config="system", registered_name="system"),
        r"contains os\.function",
    ),
    "builtins": (
        with_activation(module="builtins", class_name="exec", config={}, registered_name=None),
        r"contains builtins\.exec",
    ),
    "downloads": (
        with_activation(module="keras.utils", class_name="function", config="get_file"),
        r"contains keras\.utils\.function",
    ),
    "function": (
        with_activation(module="keras.layers", class_name="function", config="TFSMLayer"),
        r"contains keras\.layers\.function, which is not a layer",
    ),
    "pickle": (pickled_module, r"contains keras\.layers\.TorchModuleWrapper, which runs code"),
    "reads a file": (
        with_layer("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
        r"contains keras\.layers\.StringLookup, which runs code from the file or reads other files",
    ),
    "type": (
        with_activation(class_name="__typespec__", spec_name="TensorSpec", module="os", config=[]),
        r"contains os\.__typespec__",
    ),
    "registered": (
        with_layer("keras.layers", "ReLU", registered_name="mine>ReLU"),
        "contains the registered object 'mine>ReLU'; expected",
    ),
    "a layer": (
        with_config(lambda config: config["config"]["layers"][1]),
        "does not describe a Sequential or Functional model of Keras",
    ),
    "deep": (with_config(lambda _: b'{"a":' * 50_000), "cannot be read: RecursionError"),
    "external link": (
        linked(h5py.ExternalLink("/etc/other.h5", "secret")),
        "its weights contain a ExternalLink at /layers/dense/vars/0; expected no links",
    ),
    "soft link": (linked(h5py.SoftLink("/layers/dense/vars/1")), "a SoftLink at /layers/dense/vars/0"),
    "loop": (with_weights(loop), "under two names"),
    "doubled": (with_weights(doubled), "its weights contain /layers/dense/vars/2 under two names"),
    "external storage": (
        instead(shape=(2, 2), dtype="f4", external=[("/etc/passwd", 0, 16)]),
        "its weights at /layers/dense/vars/0 are in another file: /etc/passwd",
    ),
    "virtual": (with_weights(virtual), "are not stored contiguously"),
    "huge": (
        instead(shape=(10**12,), dtype="f4"),
        r"its weights declare 4,000,000,000,\d+ bytes in a file of [\d,]+$",
    ),
    "chunks": (
        instead(shape=(2**32, 2**32), dtype="f4", chunks=(1, 1)),
        "are not stored contiguously",
    ),
    "compressed": (instead(data=ZEROS, compression="gzip"), "are not stored contiguously, as Keras does"),
    "texts": (
        instead(data=np.array(["a", "b"], object)),
        r"its weights have type object at .*; expected numbers",
    ),
}
"""For each name the function that makes the file, and the expected reason of the refusal."""
