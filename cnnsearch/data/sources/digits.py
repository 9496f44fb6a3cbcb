"""`digits`: the handwritten digits embedded in scikit-learn."""

import numpy as np

from cnnsearch.data.sources.base import NamedSource, Pairs


def read_digits(name: str = "digits") -> Pairs:
    """Read the 1,797 digits, 8x8, with values rescaled from 0..16 to 0..255."""
    from sklearn.datasets import load_digits  # takes a second to import, only needed here

    digits = load_digits()
    return {"train": (np.rint(digits.images * (255 / 16)).astype(np.uint8), digits.target)}


DIGITS = NamedSource("digits", takes=lambda argument: argument == "digits", read=read_digits)
