"""`--verbose` and `--quiet`, before or after a command's name: they set the level of the package's logger."""

import logging
import sys
import traceback

from cnnsearch.errors import CnnsearchError, SettingsError
from cnnsearch.verbosity import LOGGER, is_verbose


class Notes(logging.Handler):
    """A handler that prints each text of the package's log once, to standard error."""

    def __init__(self) -> None:
        super().__init__()
        self._printed = set[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in self._printed:
            self._printed.add(text)
            print(f"{'note' if record.levelno >= logging.WARNING else 'debug'}: {text}", file=sys.stderr)


def show_details(is_given: bool) -> None:
    """Set the level that `--verbose` means, if it is given."""
    if is_given:
        _set_level(logging.DEBUG)
        from cnnsearch.cli.versions import versions_line  # imports importlib.metadata

        LOGGER.debug("versions: %s", versions_line())


def show_results_only(is_given: bool) -> None:
    """Set the level that `--quiet` means, if it is given."""
    if is_given:
        _set_level(logging.ERROR)


def _set_level(level: int) -> None:
    if LOGGER.level not in (logging.NOTSET, level):
        raise SettingsError("--verbose and --quiet: found both; expected one of them")
    LOGGER.setLevel(level)


def print_error(error: CnnsearchError) -> None:
    """Print an error's message; with `--verbose`, its traceback first."""
    if is_verbose():
        traceback.print_exception(error)
    print(f"cnnsearch: {error}", file=sys.stderr)
