"""User and password of a tracking server: taken out of its address, given to the processes that need them."""

import os
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from cnnsearch.training.backend import NO_PICKLES

USER, PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
MALFORMED = (
    "is no address of a server; expected such as http://HOST:5000 or http://USER:PASSWORD@HOST:5000, with "
    "special characters in a user or password written as %XX"
)
UNSAFE = (
    "a password in an address of this kind would be kept in study.yaml; leave it to the database's client: "
    "PGPASSWORD, ~/.pgpass, ~/.my.cnf"
)
_known: dict[str, dict[str, str]] = {}


def without_credentials(address: str) -> str:
    """An address without the user and password in it, which this process remembers for those that it starts.

    So they are in no setting, and with that in no record, log, tag, report or message. Whoever goes on with a
    study later has them where MLflow looks: in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or in
    ~/.mlflow/credentials.

    Raises:
        ValueError: It is no address, or has a password that cannot be taken out, which the message hides.
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
    """The environment of a process that talks to a tracking server: it may log in, and loads no pickles."""
    return os.environ | NO_PICKLES | _known.get(address, {})


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port  # which is looked at only now
    except ValueError:
        raise ValueError(MALFORMED) from None
    return parts


def _check_free_of_passwords(parts: SplitResult) -> None:
    is_file = parts.scheme in ("", "sqlite", "file")
    if parts.password or "password" in parts.query.lower() or ("@" in parts.path and not is_file):
        raise ValueError(UNSAFE)
