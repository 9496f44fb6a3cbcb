"""The process that ends a search: `python -m cnnsearch.finish runs/STUDY`.

It prints the bundle's figures as one JSON line; whatever else is said goes to standard error. What it does is
said by the plan of the finish (search/finish_plan.py). With `--tied` behind the folder it ends when its input
does.
"""

import os
import sys
from pathlib import Path

from cnnsearch.errors import CnnsearchError
from cnnsearch.processes import claim_stdout, end_with_input
from cnnsearch.search.finish_plan import REFIT_FIRST, TIED
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import check_installed, environment, loading_keras


def main(path: Path) -> int:
    """Makes a study's bundle; 0 when it stands, 1 when it cannot be made, 3 when the champion that was chosen
    is to be refitted first."""
    output = claim_stdout()
    try:
        study = Study(path.resolve())
        check_installed(study.settings.backend)
        os.environ.update(environment(study.settings.backend))
        with loading_keras(study.settings.backend):
            import keras  # noqa: F401  # only now: it reads its backend when imported
        from cnnsearch.finish.champion import make_bundle

        bundle = make_bundle(study)
    except CnnsearchError as error:
        print(error, file=sys.stderr)
        return 1
    if bundle is None:
        return REFIT_FIRST
    print(bundle.metrics.model_dump_json(), file=output, flush=True)
    return 0


if __name__ == "__main__":
    if TIED in sys.argv:
        end_with_input()
    sys.exit(main(Path(sys.argv[1])))
