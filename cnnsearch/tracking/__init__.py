"""Records -> MLflow: one parent run per study, one nested run per trial. No other package imports mlflow.

Everything it writes follows from the records, so that mirroring is idempotent.
"""

import os

from cnnsearch.training.backend import NO_PICKLES

# Set before mlflow is imported: its defaults block for minutes if a server is unreachable. Values set by the
# user are kept.
_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "4",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)
os.environ.update(NO_PICKLES)
