"""Dataset argument -> train, validation and test splits, with a sealed test split.

`load_data` reads and checks a dataset, `Dataset.store` writes its arrays for the workers, and `open_stored`
maps the training and validation splits for the search. Only `open_test` opens the test split; it records
every opening in a ledger.
"""

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.load import DataArgument, load_data
from cnnsearch.data.sealed import Opening, open_test, read_ledger
from cnnsearch.data.store import StoredData, open_stored
from cnnsearch.data.summary import DatasetSummary, Split

__all__ = [
    "DataArgument",
    "Dataset",
    "DatasetSummary",
    "Opening",
    "Split",
    "StoredData",
    "load_data",
    "open_stored",
    "open_test",
    "read_ledger",
]
