"""Records -> MLflow: one parent run a study, one nested run a trial. The only package that imports mlflow.

It sees plain results, and whatever it writes follows from the records: mirroring again changes nothing.
"""

import os

from cnnsearch.training.backend import NO_PICKLES

# Before mlflow is imported. Its own defaults hold a caller for minutes when a server is away; what the
# user has set stays.
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
