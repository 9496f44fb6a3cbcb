"""The command line: one module a command, each thin. What a command needs is imported in its body, so
that `--help` and `validate` stay quick."""

import logging
import sys
from typing import Annotated

import typer

from cnnsearch.cli import (
    compare,
    data,
    describe,
    doctor,
    export,
    finish,
    gc,
    predict,
    report,
    resume,
    schema,
    search,
    spaces,
    status,
    sync,
    trials,
    ui,
    validate,
)
from cnnsearch.cli.importing import INTERRUPTED
from cnnsearch.errors import CnnsearchError, InputError
from cnnsearch.version import __version__

app = typer.Typer(
    name="cnnsearch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)
COMMANDS = (
    search, resume, status, trials, finish, report, compare, export, predict, sync, ui, gc,
    validate, describe, spaces, schema, doctor,
)  # fmt: skip


def show_version(is_asked: bool) -> None:
    """Prints the version and ends, where it is asked for."""
    if is_asked:
        print(f"cnnsearch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=show_version, is_eager=True),
    ] = False,
) -> None:
    """Searches CNN architectures and hyperparameters: a space and a dataset in, the best Keras CNN out."""


for command in COMMANDS:
    app.command(name=command.__name__.rpartition(".")[2])(command.run)
app.add_typer(data.app, name="data")


def main() -> None:
    """Runs the command line: exit 0 done, 1 the search failed, 2 the input is wrong, 130 interrupted."""
    try:
        logging.getLogger("cnnsearch").addHandler(Notes())
        app()
    except KeyboardInterrupt:  # before a command's own handling, while typer still puts the commands together
        sys.exit(INTERRUPTED)
    except InputError as error:
        _fail(error, 2)
    except CnnsearchError as error:
        _fail(error, 1)


class Notes(logging.Handler):
    """Prints what the package warns of, each text once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told = set[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in self._told:
            self._told.add(text)
            print(f"note: {text}", file=sys.stderr)


def _fail(error: CnnsearchError, status: int) -> None:
    print(f"cnnsearch: {error}", file=sys.stderr)
    sys.exit(status)
