"""User and password of a tracking server: removed from its address, passed to processes that need them."""

import os
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from cnnsearch.training.backend import NO_PICKLES

TRACKING_URI = "MLFLOW_TRACKING_URI"
"""The environment variable with the address of a tracking server, used where no address is given."""
USER, PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
MALFORMED = (
    "is not the address of a server; expected http://HOST:5000 or http://USER:PASSWORD@HOST:5000, with "
    "special characters in a user or password written as %XX"
)
UNSAFE = (
    "a password in an address of this kind would be written to study.yaml; give it to the database's client: "
    "PGPASSWORD, ~/.pgpass, ~/.my.cnf"
)
_known: dict[str, dict[str, str]] = {}


def without_credentials(address: str) -> str:
    """Return an address without its user and password, and keep them for processes that this one starts.

    They are therefore in no setting, record, log, tag, report or message. To resume a study later, set them
    where MLflow reads them: in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or in
    ~/.mlflow/credentials.

    Raises:
        ValueError: It is not an address, or has a password that cannot be removed; the message hides it.
    """
    parts = _split(address)
    if parts.scheme not in ("http", "https"):
        _check_free_of_passwords(parts)
        return address
    rest = parts.path + parts.query + parts.fragment
    if "@" in rest or parts.query or any(letter.isspace() for letter in address) or not parts.hostname:
        raise ValueError(MALFORMED)
    if "@" not in parts.netloc:
        return address
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    _known[bare] = {USER: unquote(parts.username or ""), PASSWORD: unquote(parts.password or "")}
    return bare


def environment_for(address: str) -> dict[str, str]:
    """Return the environment of a client of a tracking server: with its credentials, without pickles."""
    return os.environ | NO_PICKLES | _known.get(address, {})


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port  # validated on access only
    except ValueError:
        raise ValueError(MALFORMED) from None
    return parts


def _check_free_of_passwords(parts: SplitResult) -> None:
    is_file = parts.scheme in ("", "sqlite", "file")
    if parts.password or "password" in parts.query.lower() or ("@" in parts.path and not is_file):
        raise ValueError(UNSAFE)
