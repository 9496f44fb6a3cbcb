"""Evidence as a bundle holds it, and pictures of a page."""

import numpy as np

from cnnsearch.data import Split
from cnnsearch.finish.evidence import evidence
from cnnsearch.page.parts import Gallery, Plot, Table
from cnnsearch.tasks.evidence import Evidence


def evidence_of(results, predictions, y, size=(40, 32), channels=1):
    """The evidence of random examples."""
    x = np.random.default_rng(0).integers(0, 256, (len(y), *size, channels), np.uint8)
    return Evidence(**evidence(predictions, Split(x, y), results, has_best=True))


def parts_of(report, results, predictions, y):
    """The table, the figures and the galleries of a report."""
    parts = report.parts(evidence_of(results, predictions, y), results.details(predictions, y, None))
    return tuple([part for part in parts if isinstance(part, kind)] for kind in (Table, Plot, Gallery))
