"""The page of MLflow's UI to open for studies, from the experiments in their store."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Experiment

from cnnsearch.errors import SearchError, StudyError
from cnnsearch.study.folder import Study
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.store import remove_empty_default
from cnnsearch.tracking.view import EXPERIMENTS, VIEW_TAG, page_of


@dataclass(frozen=True)
class Opening:
    """A page to open.

    Attributes:
        page: The part of the link after the server, from its `#` on.
        studies: The studies that it shows; none if it lists the experiments.
        experiments: The ids of their experiments.
    """

    page: str
    studies: tuple[Study, ...] = ()
    experiments: tuple[str, ...] = ()


def page_for(studies: Sequence[Study], uri: str) -> Opening:
    """Return the page of a study, or the page that compares several.

    Args:
        studies: At least one study.
        uri: MLflow's server or database.

    Raises:
        StudyError: A study has no runs in the store.
        SearchError: The store cannot be reached.
    """
    with tracking_errors(uri):
        client = MlflowClient(uri)
        found = [client.get_experiment_by_name(study.name) for study in studies]
    for study, experiment in zip(studies, found, strict=True):
        if not _is_shown(experiment):
            raise StudyError(f"{study.name} is not in MLflow; to write it: cnnsearch sync {study.name}")
    first = studies[0].settings
    ids = tuple(str(experiment.experiment_id) for experiment in found)
    return Opening(page_of(ids, first.objective, first.direction), tuple(studies), ids)


def page_of_latest(studies: Sequence[Study], uri: str) -> Opening:
    """Return the page of the study with the latest trial, or the list of experiments if there is none.

    Raises:
        SearchError: The store cannot be reached.
    """
    with tracking_errors(uri):
        client = MlflowClient(uri)
        found = {s.name: e for s in studies if _is_shown(e := client.get_experiment_by_name(s.name))}
        ids = [experiment.experiment_id for experiment in found.values()]
        runs = client.search_runs(ids, max_results=1, order_by=["attributes.start_time DESC"]) if ids else []
    if not runs:
        return Opening(EXPERIMENTS)
    latest = runs[0].info.experiment_id
    return page_for([s for s in studies if s.name in found and found[s.name].experiment_id == latest], uri)


def refresh(opening: Opening, uri: str) -> None:
    """Write the descriptions and saved views that older versions did not write, and remove the empty
    experiment `Default` of the runs folder's own database.

    A store that cannot be written is shown as it is.
    """
    with suppress(SearchError), tracking_errors(uri):
        client = MlflowClient(uri)
        if not any(study.settings.tracking_uri for study in opening.studies):
            remove_empty_default(client)
        for study, experiment in zip(opening.studies, opening.experiments, strict=True):
            if VIEW_TAG not in client.get_experiment(experiment).tags:
                Mirror(study).describe()


def _is_shown(experiment: Experiment | None) -> bool:
    return experiment is not None and experiment.lifecycle_stage == "active"
