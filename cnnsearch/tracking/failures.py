"""What a tracking server fails with, as one error of ours that shows no password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from cnnsearch.errors import SearchError


def redacted(text: object) -> str:
    """A text without the user and password of any address in it."""
    return re.sub(r"://[^/\s]*@", "://***@", str(text))


@contextmanager
def tracking_errors(uri: str) -> Iterator[None]:
    """Runs what talks to a tracking server. What `requests` raises is an `OSError`.

    Raises:
        SearchError: The server cannot be reached, or refuses.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise SearchError(f"MLflow at {redacted(uri)}: {redacted(words[0])}") from None
