"""best/evidence.npz: the champion's predictions on the test split, for the report to draw."""

from pathlib import Path

import numpy as np

from cnnsearch.tasks.evidence import Evidence

EVIDENCE = "evidence.npz"


def read_evidence(bundle: Path) -> Evidence | None:
    """Return the predictions stored in a bundle, or None if there are none."""
    file = bundle / EVIDENCE
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        names = [name for name in Evidence.__dataclass_fields__ if name in arrays]
        return Evidence(**{name: arrays[name] for name in names})
