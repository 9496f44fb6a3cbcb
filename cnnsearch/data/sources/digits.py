"""`digits`: the handwritten digits embedded in scikit-learn."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from cnnsearch.data.sources.base import NamedSource, Pairs

_SIDE = 8


def read_digits(name: str = "digits") -> Pairs:
    """Read the 1,797 digits, 8x8, with values rescaled from 0..16 to 0..255."""
    found = find_spec("sklearn")  # its import takes seconds, and the digits are a file beside it
    assert found is not None and found.origin is not None
    table = np.loadtxt(Path(found.origin).with_name("datasets") / "data" / "digits.csv.gz", delimiter=",")
    images, digits = table[:, :-1].reshape(-1, _SIDE, _SIDE), table[:, -1].astype(int)
    return {"train": (np.rint(images * (255 / 16)).astype(np.uint8), digits)}


DIGITS = NamedSource("digits", takes=lambda argument: argument == "digits", read=read_digits)
