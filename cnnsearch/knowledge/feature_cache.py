"""The features of datasets that were computed before, in the user's cache folder."""

from contextlib import suppress

from pydantic import TypeAdapter

from cnnsearch.caching import cache_folder
from cnnsearch.data import Dataset
from cnnsearch.data.store import Key, StoredData
from cnnsearch.errors import StudyError
from cnnsearch.knowledge.features import DatasetFeatures, features_of
from cnnsearch.study.storage import read_as, write_json

VERSION = 1
"""The version of the formulas of features; another one makes them be computed again."""
_FEATURES = TypeAdapter(DatasetFeatures)


def known_features(data: StoredData | Dataset) -> DatasetFeatures:
    """Return the features of a dataset, computed at most once on this machine.

    A damaged file counts as none, and one that cannot be written is ignored.
    """
    file = cache_folder() / f"features-{VERSION}" / f"{Key.of(data.summary).folder_name}.json"
    if file.exists():
        with suppress(StudyError):
            return read_as(file, _FEATURES)
    features = features_of(data)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, features.model_dump(mode="json"), durable=False)
    return features
