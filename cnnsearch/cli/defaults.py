"""The defaults that `search --help` shows. They are read from `Settings` when the help is printed: a command
passes on only what is given, so no default is written in the command line."""

from typing import Any

from typer.core import TyperCommand, TyperOption


class SettingsCommand(TyperCommand):
    """A command whose options are settings of a study."""

    def format_help(self, *arguments: Any) -> None:
        """Write the help, with the defaults of the settings."""
        for option in self.params:
            if isinstance(option, TyperOption) and option.name:
                _show_default(option, option.name)
        super().format_help(*arguments)


def _show_default(option: TyperOption, setting: str) -> None:
    from cnnsearch.study.settings import DEFAULT_EPOCHS, DEFAULT_TRIALS, Settings

    match setting:
        case "trials":
            option.show_default = f"{DEFAULT_TRIALS}; no limit with --timeout"
        case "epochs":
            option.show_default = f"{DEFAULT_EPOCHS}; as planned with --timeout"
        case name if name in Settings.model_fields and option.default is None:
            default = Settings.model_fields[name].get_default()
            option.default = default if isinstance(default, str | int) and default is not False else None
