"""The process that interprets a champion, started as
`python -P -m cnnsearch.report.interpretation_process runs/STUDY FOLDER`.

It writes the first layer's kernels, feature maps and Grad-CAM of validation examples into the folder; the
test split is not read.
"""

import os
import sys
from pathlib import Path

from cnnsearch.errors import CnnsearchError
from cnnsearch.report.interpretation import write_interpretation
from cnnsearch.study.folder import Study
from cnnsearch.training.backend import check_installed, environment, loading_keras


def main(path: Path, folder: Path) -> int:
    """Looks into a study's bundle; 0 when the files stand."""
    try:
        study = Study(path.resolve())
        check_installed(study.settings.backend)
        os.environ.update(environment(study.settings.backend))
        with loading_keras(study.settings.backend):
            import keras  # noqa: F401  # only now: it reads its backend when imported
        from cnnsearch.report.interpret import interpret

        write_interpretation(interpret(study), folder)
    except CnnsearchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
