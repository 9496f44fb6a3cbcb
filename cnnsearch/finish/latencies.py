"""The latencies of trials on request: networks of their architectures, with random weights, in one process.

`python -m cnnsearch.finish.latencies runs/STUDY 3 7` prints them as one JSON line. Neither trained weights
nor the test split are read: how long an answer takes does not depend on them.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnsearch.data import open_stored
from cnnsearch.errors import SearchError
from cnnsearch.processes import last_words, run_module
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import check_installed, environment, loading_keras


def latencies_of(study: Study, trials: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Measures some of a study's networks in a process of their own: median, p95, runs and machine.

    Raises:
        MissingDependencyError: The study's backend is not installed.
        SearchError: They could not be measured.
    """
    check_installed(study.settings.backend)
    chosen = os.environ | environment(study.settings.backend)
    done = run_module("cnnsearch.finish.latencies", str(study.path), *map(str, trials), env=chosen)
    if done.returncode:
        raise SearchError(f"the latencies could not be measured: {last_words(done.stderr)}")
    return {int(trial): latency for trial, latency in json.loads(done.stdout.splitlines()[-1]).items()}


def main(path: Path, trials: Sequence[int]) -> int:
    """Measures and prints."""
    study = Study(path)
    with loading_keras(study.settings.backend):
        import keras  # here, for whoever asks for latencies has no Keras in its own process

    from cnnsearch.finish.latency import measure_latency
    from cnnsearch.interop.candidates import build_candidate

    records, example = study.records(), open_stored(study.data_folder).train.x[:1]
    found = {}
    for number in trials:
        model = build_candidate(records[number].trial.candidate)
        found[number] = measure_latency(model, example).model_dump()
        keras.utils.clear_session()
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [int(number) for number in sys.argv[2:]]))
