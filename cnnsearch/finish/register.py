"""Puts a study's bundle into MLflow's registry: `python -m cnnsearch.finish.register runs/STUDY`.

The finishing process does it at once; after a server was away `cnnsearch sync` starts this one. The test
split is not read. A bundle that is registered already is left alone.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.data import open_stored
from cnnsearch.errors import CnnsearchError
from cnnsearch.finish.evaluation import answers
from cnnsearch.study.folder import Study
from cnnsearch.tracking.champion import is_registered, log_champion
from cnnsearch.training.backend import check_installed, environment

if TYPE_CHECKING:
    from cnnsearch.bundle.bundle import Bundle

_EXAMPLES = 5


def register(study: Study, bundle: "Bundle") -> None:
    """Registers a bundle as the study's champion.

    Raises:
        SearchError: The tracking server cannot be reached, or refuses.
    """
    examples = np.asarray(open_stored(study.data_folder).validation.x[:_EXAMPLES])
    log_champion(
        study,
        bundle.model,
        digest=digest_of(bundle.path),
        trial=bundle.metrics.trial,
        example=examples,
        probabilities=answers(bundle.model, examples),
        metrics=bundle.metrics.figures,
    )


def digest_of(bundle: Path) -> str:
    """What tells one bundle from another."""
    return hashlib.sha256((bundle / "model.keras").read_bytes()).hexdigest()[:16]


def main(path: Path) -> int:
    """Registers a study's bundle unless it is; 0 when it is, 1 when that was not possible."""
    try:
        study = Study(path.resolve())
        if is_registered(study, digest_of(study.best)):
            return 0
        check_installed(study.settings.backend)
        os.environ.update(environment(study.settings.backend))
        from cnnsearch.bundle.bundle import load_bundle  # only now: Keras reads its backend when imported

        register(study, load_bundle(study.best, trusted=True))
    except CnnsearchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
