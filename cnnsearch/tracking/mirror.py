"""Updates a study's MLflow runs from its records, during a search or afterwards."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cnnsearch.plan.augmentation import PICTURE_FILE
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.storage import EXPERIENCE
from cnnsearch.tracking import entries
from cnnsearch.tracking.experiment import ExperimentTags
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.finalists import sync_finalists
from cnnsearch.tracking.store import RunStore, TrialRun

STATUSES = {
    TrialState.RUNNING: "RUNNING",
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "FINISHED",  # not a failure; the tag cnnsearch.state distinguishes it
    TrialState.FAILED: "FAILED",
    TrialState.INFEASIBLE: "FAILED",
}


class Mirror:
    """Keeps a study's runs in MLflow in line with its records.

    Args:
        study: The study's folder. The server is not contacted before the first call.

    Attributes:
        store: The runs of the study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.store = RunStore(study)
        self._experiment = ExperimentTags(study, self.store)
        self._summary: dict[str, str] = {}
        self._improvements = 0
        self._with_picture: set[int] = set()

    def sync_trial(self, record: TrialRecord, *, live: bool = True) -> None:
        """Update a trial's run. An infeasible trial that never began has none; the study's run counts it.

        Args:
            record: The current record of the trial.
            live: Whether the search is running; otherwise a trial without a result is interrupted.

        Raises:
            SearchError: The tracking server cannot be reached, or rejects the request.
        """
        if record.state == TrialState.INFEASIBLE and not record.trial.counts:
            return
        with tracking_errors(self.store.uri):
            run = self.store.trial_run(record)
            if record.result is None:
                self._write(run, record)
                self._set_state(run, record, "RUNNING" if live else "KILLED")
            elif run.digest != (digest := entries.digest(record)):
                self._write(run, record)
                self._set_state(run, record, STATUSES[record.state], digest)

    def sync_study(self, records: Iterable[TrialRecord], *, live: bool = True) -> None:
        """Update the study's own run: the best value so far, and the number of trials; and its experiment.

        Args:
            records: All records of the study.
            live: Whether the search is running.

        Raises:
            SearchError: The tracking server cannot be reached, or rejects the request.
        """
        records, settings = list(records), self._study.settings
        if not records:
            return
        improvements = list(entries.best_metrics(records, settings.objective, settings.direction))
        summary = entries.summary_tags(records, settings.direction)
        changed = {name: value for name, value in summary.items() if self._summary.get(name) != value}
        with tracking_errors(self.store.uri):
            client, parent = self.store.client, self.store.parent
            client.log_batch(parent, improvements[self._improvements :], tags=entries.tags(changed))
            self._experiment.update(records, parent)
            if not live:
                self._attach_experience(parent)
                end = entries.mlflow_time(max(record.ended for record in records))
                client.set_terminated(parent, "FINISHED", end_time=end)
        self._summary, self._improvements = summary, len(improvements)

    def describe(self) -> None:
        """Update the description and the saved view of the study's experiment, if the study has runs.

        Raises:
            SearchError: The tracking server cannot be reached, or rejects the request.
        """
        records = list(self._study.records())
        with tracking_errors(self.store.uri):
            if records and (parent := self.store.existing_parent):
                self._experiment.update(records, parent)

    def sync(self, records: Iterable[TrialRecord] | None = None) -> None:
        """Mirror a complete study that is not being searched; idempotent.

        Raises:
            SearchError: The tracking server cannot be reached, or rejects the request.
        """
        records = list(self._study.records() if records is None else records)
        for record in records:
            self.sync_trial(record, live=False)
        sync_finalists(self._study, self.store)
        self.sync_study(records, live=False)

    def _write(self, run: TrialRun, record: TrialRecord) -> None:
        """Write the values that are final and not written yet."""
        objective, epochs = self._study.settings.objective, self._study.settings.most_epochs
        metrics, params = entries.curve(record, objective, epochs, after=run.step), []
        if record.has_all_params and not run.is_described:
            self._attach(run, record)
            params = entries.params(record.trial)
        if record.result:
            metrics += entries.totals(record, objective)
        self._attach_picture(run, record)
        self.store.client.log_batch(run.run_id, metrics, params)
        run.is_described = record.has_all_params
        run.step = entries.step(record, record.curve[-1], epochs) if record.curve else 0

    def _attach(self, run: TrialRun, record: TrialRecord) -> None:
        """Write the dataset and the files that describe the trial."""
        client, candidate = self.store.client, record.trial.candidate
        client.log_inputs(run.run_id, [self.store.dataset])
        contents = {
            "architecture.json": candidate.describe_network(),
            "training.json": candidate.describe_training(),
            "params.json": candidate.params,
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, content in contents.items():
                Path(folder, name).write_text(json.dumps(content, indent=1), encoding="utf-8")
            client.log_artifacts(run.run_id, folder)

    def _attach_picture(self, run: TrialRun, record: TrialRecord) -> None:
        """Write the picture of augmented examples, which the worker draws after the start of a trial."""
        picture = self._study.trial_folder(record.number) / PICTURE_FILE
        if record.number not in self._with_picture and picture.exists():
            self.store.client.log_artifact(run.run_id, str(picture))
            self._with_picture.add(record.number)

    def _attach_experience(self, parent: str) -> None:
        """Write what the study says about other datasets, once it is known."""
        file = self._study.path / EXPERIENCE
        if file.exists():
            self.store.client.log_artifact(parent, str(file))

    def _set_state(self, run: TrialRun, record: TrialRecord, status: str, digest: str = "") -> None:
        """Write the state of a trial, and last the digest, which marks the run as complete."""
        if status == run.status and not digest:
            return
        client = self.store.client
        if status == "RUNNING":
            client.update_run(run.run_id, status=status)
        else:
            end = entries.mlflow_time(record.ended)
            client.set_terminated(run.run_id, status, end_time=end)
        state = "interrupted" if status == "KILLED" else record.state.value
        tags = {"state": state, "reason": record.reason} | ({"digest": digest} if digest else {})
        client.log_batch(run.run_id, tags=entries.tags(tags))
        run.status, run.digest = status, digest
