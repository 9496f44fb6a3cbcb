"""The command line: one thin module per command. Commands import what they need in their bodies, so that
`--help` and `validate` stay fast."""

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
    history,
    predict,
    recommend,
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
from cnnsearch.cli.defaults import SettingsCommand
from cnnsearch.cli.encoding import escape_unprintable, use_utf8
from cnnsearch.cli.importing import INTERRUPTED
from cnnsearch.cli.options import Quiet, Verbose
from cnnsearch.cli.verbosity import Notes, print_error
from cnnsearch.errors import CnnsearchError, InputError
from cnnsearch.verbosity import LOGGER
from cnnsearch.version import __version__

app = typer.Typer(
    name="cnnsearch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
COMMANDS = {
    "Search": (search, resume, finish, recommend, history),
    "Studies": (status, trials, report, compare, sync, ui, gc),
    "Networks": (export, predict),
    "Spaces and data": (validate, describe, spaces, schema),
    "Machine": (doctor,),
}
"""The commands in the groups of the help."""


def show_version(is_given: bool) -> None:
    """Print the version and exit, if it is asked for."""
    if is_given:
        print(f"cnnsearch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=show_version, is_eager=True),
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Search CNN architectures and hyperparameters: from a search space and a dataset to a Keras CNN."""


def paragraphs(docstring: str | None) -> str:
    """Return a docstring with one line per paragraph, to be wrapped to the terminal's width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (docstring or "").split("\n\n"))


for group, commands in COMMANDS.items():
    for command in commands:
        app.command(
            name=command.__name__.rpartition(".")[2],
            help=paragraphs(command.run.__doc__),
            cls=SettingsCommand if command is search else None,
            rich_help_panel=group,
        )(command.run)
app.add_typer(data.app, name="data", rich_help_panel="Spaces and data")


def main() -> None:
    """Run the command line: exit 0 done, 1 the search failed, 2 the input is wrong, 130 interrupted."""
    use_utf8()
    escape_unprintable()
    try:
        LOGGER.addHandler(Notes())
        app()
    except KeyboardInterrupt:  # while Typer builds the commands, before a command handles it
        sys.exit(INTERRUPTED)
    except InputError as error:
        print_error(error)
        sys.exit(2)
    except CnnsearchError as error:
        print_error(error)
        sys.exit(1)
