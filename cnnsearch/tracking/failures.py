"""Failures of a tracking server as one error that shows no password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from cnnsearch.errors import SearchError


def redacted(text: object) -> str:
    """Return a text without the users and passwords of its URLs."""
    return re.sub(r"://[^/\s]*@", "://***@", str(text))


@contextmanager
def tracking_errors(uri: str) -> Iterator[None]:
    """Convert the exceptions of a tracking server within the context; those of `requests` are `OSError`.

    Raises:
        SearchError: The server cannot be reached, or rejects the request.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise SearchError(f"MLflow at {redacted(uri)}: {redacted(words[0])}") from None
