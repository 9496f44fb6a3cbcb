"""The MLflow runs of a study: its experiment, its own run and one for each trial, reused if they exist."""

import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Run, ViewType
from mlflow.exceptions import MlflowException

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.study.finalists import RetrainingStart
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Trial, TrialRecord
from cnnsearch.study.storage import MLFLOW, SETTINGS, SPACE, sqlite_uri
from cnnsearch.tracking.entries import dataset_input, mlflow_time
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.places import artifacts_of, lock_for, update_places
from cnnsearch.training.backend import versions
from cnnsearch.version import __version__

TRIAL, FINALIST = "cnnsearch.trial", "cnnsearch.finalist"
SEED, DIGEST = "cnnsearch.seed", "cnnsearch.digest"
_PAGE = 200


@dataclass
class TrialRun:
    """The known content of a trial's run.

    Attributes:
        digest: The hash of the record that it shows completely; empty until the trial has ended.
        is_described: Whether it has the dataset, the params and the files of the trial.
        step: The last step whose metrics it has.
    """

    run_id: str
    status: str = "RUNNING"
    digest: str = ""
    is_described: bool = False
    step: int = 0


def make_database(file: Path) -> None:
    """Create MLflow's database if there is none; other processes see it only once it is complete.

    Two processes that create its tables at the same time, such as two searches, or a search and the UI, would
    damage it permanently.
    """
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with lock_for(file):
        if not file.exists():
            unfinished = file.with_name(f".{file.name}.unfinished")
            unfinished.unlink(missing_ok=True)
            MlflowClient(sqlite_uri(unfinished)).search_experiments(max_results=1)
            unfinished.replace(file)


def remove_empty_default(client: MlflowClient) -> None:
    """Delete the experiment `Default` that MLflow makes with a database, unless something is in it.

    MLflow's client can restore it.
    """
    default = client.get_experiment_by_name("Default")
    if default is None or default.lifecycle_stage == "deleted":
        return
    place = [default.experiment_id]
    if client.search_runs(place, run_view_type=ViewType.ALL, max_results=1):
        return
    if client.search_traces(locations=place, max_results=1, include_spans=False):
        return
    with suppress(MlflowException):  # another search has deleted it
        client.delete_experiment(default.experiment_id)


class RunStore:
    """The runs of one study. The server is contacted only when needed.

    Args:
        study: The study's folder.
    """

    def __init__(self, study: Study) -> None:
        self._study = study

    @cached_property
    def uri(self) -> str:
        """The tracking URI: that of the settings, else a database beside the studies."""
        return self._study.tracking_uri

    @cached_property
    def client(self) -> MlflowClient:
        """The MLflow client."""
        if not self._study.settings.tracking_uri:
            make_database(self._study.runs.resolve() / MLFLOW)
            update_places(self.uri)
        return MlflowClient(self.uri)

    @cached_property
    def dataset(self) -> DatasetInput:
        """The dataset of all runs."""
        summary = self._study.data_summary
        return dataset_input(DatasetSummary.model_validate(summary))

    @cached_property
    def parent(self) -> str:
        """The id of the study's own run, whose status is set to running."""
        run_id = self.existing_parent or self._create_parent()
        self.client.update_run(run_id, status="RUNNING")
        self.client.log_inputs(run_id, [self.dataset])
        for name in (SPACE, SETTINGS):
            self.client.log_artifact(run_id, str(self._study.path / name))
        return run_id

    def delete_runs(self) -> None:
        """Delete all runs of the study; the tracking server keeps them until `mlflow gc`.

        Raises:
            SearchError: The tracking server cannot be reached, or rejects the request.
        """
        with tracking_errors(self.uri):
            for run in self._existing:
                self.client.delete_run(run.info.run_id)

    @property
    def existing_parent(self) -> str | None:
        """The id of the study's own run, if it existed at the first call; nothing is written."""
        nested = {TRIAL, FINALIST}
        own = (str(run.info.run_id) for run in self._existing if nested.isdisjoint(run.data.tags))
        return next(own, None)

    def trial_run(self, record: TrialRecord) -> TrialRun:
        """Return a trial's run; a new one has only its tags."""
        trial = record.trial
        if trial.number not in self._trial_runs:
            self._trial_runs[trial.number] = TrialRun(self._create(trial))
        return self._trial_runs[trial.number]

    @cached_property
    def experiment(self) -> str:
        """The experiment's id. With a database file, artifacts go to ./mlruns unless a folder is given."""
        if not self._study.settings.tracking_uri:
            remove_empty_default(self.client)
        experiment = self.client.get_experiment_by_name(self._study.name)
        if experiment is None:
            own = artifacts_of(self._study.runs, self._study.name)
            place = own if self.uri.startswith("sqlite:") else None
            return str(self.client.create_experiment(self._study.name, artifact_location=place))
        if experiment.lifecycle_stage == "deleted":
            self.client.restore_experiment(experiment.experiment_id)
        return str(experiment.experiment_id)

    @cached_property
    def _first(self) -> Trial:
        return min(self._study.records(), key=lambda record: record.number).trial

    @cached_property
    def _identity(self) -> str:
        """A hash that distinguishes this study from earlier ones of the same name, wherever its folder is."""
        return hashlib.sha256(f"{self._first.started!r} {self._first.seed}".encode()).hexdigest()[:16]

    @cached_property
    def _existing(self) -> list[Run]:
        """The study's runs that existed at the first call."""
        query = f"tags.`cnnsearch.study` = '{self._identity}'"
        runs: list[Run] = []
        token = ""
        while True:
            page = self.client.search_runs([self.experiment], query, max_results=_PAGE, page_token=token)
            runs += page
            token = page.token or ""
            if not token:
                return runs

    @cached_property
    def _trial_runs(self) -> dict[int, TrialRun]:
        trials = (run for run in self._existing if TRIAL in run.data.tags)
        return {int(run.data.tags[TRIAL]): self._known(run) for run in trials}

    @cached_property
    def retraining_runs(self) -> dict[tuple[int, int], TrialRun]:
        """The runs of finalists' retrainings, by trial and seed."""
        runs = (run for run in self._existing if FINALIST in run.data.tags)
        return {(int(run.data.tags[FINALIST]), int(run.data.tags[SEED])): self._known(run) for run in runs}

    def create_retraining_run(self, begun: RetrainingStart) -> TrialRun:
        """Create a run for a finalist's retraining, with only its tags."""
        own = {
            "mlflow.parentRunId": self.parent,
            FINALIST: str(begun.trial),
            SEED: str(begun.seed),
            "cnnsearch.refit": str(begun.is_refit).lower(),
        }
        name = f"{begun.trial:04d} {'refit' if begun.is_refit else 'again'} {begun.seed}"
        started = mlflow_time(begun.started)
        run = self.client.create_run(self.experiment, started, self._tags | own, run_name=name)
        return TrialRun(str(run.info.run_id))

    def _known(self, run: Run) -> TrialRun:
        """Return the content of an existing run; an incomplete one is written again, but no epoch twice."""
        digest = run.data.tags.get(DIGEST, "")
        history = [] if digest else self.client.get_metric_history(run.info.run_id, "loss")
        step = max((metric.step for metric in history), default=0)
        return TrialRun(run.info.run_id, run.info.status, digest, bool(digest), step)

    def _create_parent(self) -> str:
        begun = mlflow_time(self._first.started)
        run = self.client.create_run(self.experiment, begun, self._tags, run_name=self._study.name)
        return str(run.info.run_id)

    def _create(self, trial: Trial) -> str:
        own = {
            "mlflow.parentRunId": self.parent,
            TRIAL: str(trial.number),
            SEED: str(trial.seed),
            "cnnsearch.state": "running",
            **({"cnnsearch.baseline": trial.baseline} if trial.baseline else {}),
        }
        name = f"{trial.number:04d} {trial.baseline}".strip()
        begun = mlflow_time(trial.started)
        run = self.client.create_run(self.experiment, begun, self._tags | own, run_name=name)
        return str(run.info.run_id)

    @cached_property
    def _tags(self) -> dict[str, str]:
        used = {"cnnsearch": __version__, **versions(self._study.settings.backend)}
        return {"cnnsearch.study": self._identity} | {f"version.{name}": v for name, v in used.items()}
