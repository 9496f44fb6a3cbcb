"""A study's experiment as its pages introduce it: the description and the saved view, kept up to date."""

import hashlib
from collections.abc import Iterable
from functools import cached_property

from cnnsearch.space import Hypermodel
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.tracking.description import description
from cnnsearch.tracking.store import RunStore
from cnnsearch.tracking.view import VIEW_TAG, view_tag

NOTE = "mlflow.note.content"
OWN_NOTE = "mlflow.note.cnnsearch"
"""The tag with the hash of the description that was written last: one that users have changed is kept. MLflow
hides tags of its own prefix in the list of experiments."""


class ExperimentTags:
    """Keeps the tags of a study's experiment in line with its records.

    Args:
        study: The study's folder.
        store: The runs of the study; not contacted before the first call.
    """

    def __init__(self, study: Study, store: RunStore) -> None:
        self._study = study
        self._store = store
        self._view = ""

    def update(self, records: Iterable[TrialRecord], parent: str) -> None:
        """Write the description and the saved view, if they have changed.

        Args:
            records: All records of the study.
            parent: The id of the study's own run, which charts leave out.
        """
        records = list(records)
        if not self._view or isinstance(self._study.settings.space, Hypermodel):
            self._view = view_tag(self._study, records, [parent])  # otherwise the same for all records
        wanted = {VIEW_TAG: self._view}
        note = self._present.get(NOTE, "")
        if not note or _hash(note) == self._present.get(OWN_NOTE):
            text = description(self._study, records)
            wanted |= {OWN_NOTE: _hash(text), NOTE: text}
        for name, value in wanted.items():
            if self._present.get(name) != value:
                self._store.client.set_experiment_tag(self._store.experiment, name, value)
                self._present[name] = value

    @cached_property
    def _present(self) -> dict[str, str]:
        tags = self._store.client.get_experiment(self._store.experiment).tags
        return {name: str(value) for name, value in tags.items()}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
