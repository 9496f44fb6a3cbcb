"""A dataset argument becomes train, validation and test splits; the test split is sealed behind one door.

`load_data` reads and checks, `Dataset.store` writes the arrays for the workers, `open_stored` maps what the
search may see, and `open_test` alone opens the rest and keeps a ledger of it.
"""

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.load import load_data
from cnnsearch.data.sealed import Opening, open_test, read_ledger
from cnnsearch.data.store import StoredData, open_stored
from cnnsearch.data.summary import DatasetSummary, Split

__all__ = [
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
