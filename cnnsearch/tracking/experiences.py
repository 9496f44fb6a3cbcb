"""The experiences of studies that are tracked on a server: one file for each study's own run."""

from collections.abc import Iterator
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR

from cnnsearch.errors import StudyError
from cnnsearch.study.storage import EXPERIENCE, sqlite_file
from cnnsearch.tracking.failures import tracking_errors

STUDIES = "tags.`cnnsearch.study` != ''"
NESTED = "mlflow.parentRunId"
_PAGE = 200


def download_experiences(uri: str, folder: Path) -> list[Path]:
    """Download the experiences of all studies of a tracking server, each to a folder of its own.

    Args:
        uri: The server, or the database of a runs folder.
        folder: Where the files are written.

    Raises:
        StudyError: There is no such database.
        SearchError: The server cannot be reached, or rejects the request.
    """
    file = sqlite_file(uri)
    if file is not None and not file.is_file():
        raise StudyError(f"{uri}: no such file")  # MLflow would create it
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    with tracking_errors(uri):
        client = MlflowClient(uri)
        return [
            Path(client.download_artifacts(run.info.run_id, EXPERIENCE, str(_made(folder / run.info.run_id))))
            for run in _runs(client)
            if any(file.path == EXPERIENCE for file in client.list_artifacts(run.info.run_id))
        ]


def _runs(client: MlflowClient) -> Iterator[Run]:
    """Yield the own runs of all studies."""
    for experiment in client.search_experiments():
        token = ""
        while True:
            place = [experiment.experiment_id]
            page = client.search_runs(place, STUDIES, max_results=_PAGE, page_token=token)
            yield from (run for run in page if NESTED not in run.data.tags)
            token = page.token or ""
            if not token:
                break


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
