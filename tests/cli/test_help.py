"""`cnnsearch search --help`: options in groups, with the defaults and the choices of `Settings`."""

import re
from typing import get_args

import pytest

from cnnsearch.cli.search import run
from cnnsearch.study.settings import OPTIONS, Settings

GROUPS = (
    "Space and data",
    "Budget",
    "Search",
    "Data",
    "Training",
    "Limits",
    "Finish",
    "Machine",
    "Study and tracking",
)
NAMES = {"overrides": "--set", "objective": "--objective"} | OPTIONS
WITHOUT_OPTION = {"space", "hypermodel_folder"}


@pytest.fixture
def shown(cli, monkeypatch):
    """The text of each option in the help, on a terminal wide enough for one line each."""
    monkeypatch.setenv("COLUMNS", "400")
    rows, option = {}, ""
    for line in cli("search", "--help").out.splitlines():
        named = re.match(r"│ \*?\s*(--[\w-]+)", line)
        option = named[1] if named else option if line.startswith("│") else ""
        rows[option] = rows.get(option, "") + line
    return rows


def option_of(setting):
    return NAMES.get(setting, f"--{setting.replace('_', '-')}")


def choices(annotation):
    """All words that a setting can be, those of nested unions and tuples too."""
    if isinstance(annotation, str):
        return {annotation}
    return {word for part in get_args(annotation) for word in choices(part)}


def test_options_are_in_groups(cli):
    lines = cli("search", "--help").out.splitlines()
    titles = [line.strip("╭╮─ ") for line in lines if line.startswith("╭")]
    assert titles == ["Arguments", "Options", *GROUPS]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_help_fits_the_terminal_and_cuts_nothing_off(cli, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = cli("search", "--help").out
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_every_setting_has_an_option(shown):
    assert {option_of(name) for name in Settings.model_fields.keys() - WITHOUT_OPTION} <= shown.keys()


def test_every_default_is_that_of_the_settings(shown):
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    told = {name: value for name, value in defaults.items() if type(value) in (str, int) and value != ""}
    assert len(told) >= 14
    assert [name for name, value in told.items() if f"[default: {value}]" not in shown[option_of(name)]] == []


def test_a_default_that_depends_is_explained(shown):
    assert "[default: (20; no limit with --timeout)]" in shown["--trials"]
    assert "[default: (20; as planned with --timeout)]" in shown["--epochs"]


def test_an_option_that_is_not_given_is_left_to_the_settings():
    names, defaults = run.__code__.co_varnames[: run.__code__.co_argcount], run.__defaults__
    given = dict(zip(reversed(names), reversed(defaults), strict=False))
    assert {name for name, default in given.items() if default is not None} == {
        "space", "plan", "runs", "no_report", "verbose", "quiet",
    }  # fmt: skip


def test_every_choice_of_a_setting_is_in_its_help(shown):
    for name in Settings.model_fields.keys() - WITHOUT_OPTION:
        for word in choices(Settings.model_fields[name].annotation):
            assert word in shown[option_of(name)], (name, word)
