"""Registration of a study's bundle in MLflow, without reading the test split.

The process that makes the bundle registers it; if the server was unreachable, `cnnsearch sync` does so later.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.data import open_stored
from cnnsearch.finish.evaluation import predicted
from cnnsearch.study.folder import Study
from cnnsearch.tracking.champion import is_registered, log_champion
from cnnsearch.training.backend import check_installed

if TYPE_CHECKING:
    from cnnsearch.bundle.bundle import Bundle

_EXAMPLES = 5


def register(study: Study, bundle: "Bundle") -> None:
    """Register a bundle as the study's champion.

    Raises:
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    examples = np.asarray(open_stored(study.data_folder).validation.x[:_EXAMPLES])
    log_champion(
        study,
        bundle.model,
        digest=digest_of(bundle.path),
        trial=bundle.metrics.trial,
        example=examples,
        predictions=predicted(bundle.model, examples),
        metrics=bundle.metrics.figures,
    )


def digest_of(bundle: Path) -> str:
    """Return a hash that identifies a bundle."""
    return hashlib.sha256((bundle / "model.keras").read_bytes()).hexdigest()[:16]


def register_later(study: Study) -> None:
    """Register a study's bundle, unless it is registered; `sync` calls it in a separate process.

    Raises:
        MissingDependencyError: The study's backend is not installed.
        StudyError: The bundle is damaged.
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    if is_registered(study, digest_of(study.best)):
        return
    check_installed(study.settings.backend)
    from cnnsearch.bundle.bundle import load_bundle  # imported late: it loads Keras, which takes seconds

    register(study, load_bundle(study.best, trusted=True))
