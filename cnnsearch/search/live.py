"""What a person sees while a search runs: a live table on a terminal or in a notebook, else plain lines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cnnsearch.search.events import Happening, Note, TrialChanged, Watcher
from cnnsearch.search.log import line
from cnnsearch.search.records import TrialRecord, TrialState, best_first
from cnnsearch.search.study import Study

BEST_SHOWN = 5
PARAMS_SHOWN = 6


@contextmanager
def shown(study: Study) -> Iterator[Watcher]:
    """A watcher that shows a search for as long as it runs."""
    console = Console()
    if not (console.is_terminal or console.is_jupyter):
        yield PlainLines(console)
        return
    view = LiveView(study)
    with Live(console=console, get_renderable=view.render, refresh_per_second=4, transient=False):
        yield view


class PlainLines:
    """One line for each trial that ends and each note; no colours, no cursor movements."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, happening: Happening) -> None:
        if isinstance(happening, TrialChanged) and happening.record.result is None:
            return
        self._console.print(line(happening), highlight=False, markup=False, soft_wrap=True)


class LiveView:
    """The best trials, the ones under way, and how much of the budget is spent."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._settings = study.settings
        self._records = {record.number: record for record in study.records()}
        self._notes: list[str] = []
        self._begun = time.monotonic() - study.seconds

    def __call__(self, happening: Happening) -> None:
        if isinstance(happening, TrialChanged):
            self._records[happening.record.number] = happening.record
        elif isinstance(happening, Note):
            self._notes = [*self._notes[-2:], happening.text]

    def render(self) -> RenderableType:
        """The picture as it is now."""
        parts: list[RenderableType] = [self._head(), self._best(), *self._under_way()]
        parts += [Text(note, style="yellow") for note in self._notes]
        return Group(*parts)

    def _counts(self) -> dict[TrialState, int]:
        states = [record.state for record in self._records.values()]
        return {state: states.count(state) for state in TrialState}

    def _head(self) -> RenderableType:
        counts = self._counts()
        done = counts[TrialState.COMPLETE] + counts[TrialState.PRUNED] + counts[TrialState.FAILED]
        seconds = time.monotonic() - self._begun
        share = max(
            done / self._settings.trials if self._settings.trials else 0.0,
            seconds / self._settings.timeout if self._settings.timeout else 0.0,
        )
        told = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
        left = f"about {clock(seconds * (1 - share) / share)} left" if 0 < share < 1 else ""
        grid = Table.grid(padding=(0, 2))
        goal = f" of {self._settings.trials}" if self._settings.trials else ""
        grid.add_row(
            Text(self._study.name, style="bold"),
            ProgressBar(total=1.0, completed=min(1.0, share), width=30),
            f"trial {done}{goal}",
            clock(seconds),
            left,
        )
        return Group(grid, Text(told, style="dim"))

    def _best(self) -> Table:
        ranking = best_first(self._records.values(), self._settings.direction)[:BEST_SHOWN]
        names = told_apart(ranking)
        table = Table(title=None, header_style="bold", expand=False)
        for column in ("trial", self._settings.objective, "weights", "MACs", *names):
            table.add_column(column, justify="right", overflow="fold")
        for record in ranking:
            counts = record.trial.counts
            figures = [f"{record.value:.4f}", f"{counts.get('weights', 0):,}", short(counts.get("macs", 0))]
            params = [str(record.params.get(name, "")) for name in names]
            table.add_row(str(record.number), *figures, *params)
        return table

    def _under_way(self) -> list[RenderableType]:
        rows: list[RenderableType] = []
        for record in self._records.values():
            if record.state == TrialState.RUNNING:
                epoch = len(record.curve)
                last = record.curve[-1].metrics if record.curve else {}
                figures = "  ".join(
                    f"{name} {value:.4f}" for name, value in last.items() if name != "learning_rate"
                )
                rows.append(Text(f"trial {record.number}  epoch {epoch}/{self._settings.epochs}  {figures}"))
        return rows


def told_apart(records: list[TrialRecord]) -> list[str]:
    """The sampled values in which trials differ, a few of them; of one trial, its first ones."""
    names = dict.fromkeys(name for record in records for name in record.params)
    differing = [n for n in names if len({record.params.get(n) for record in records}) > 1]
    return (differing or list(names))[:PARAMS_SHOWN]


def clock(seconds: float) -> str:
    """A duration as h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def short(number: int) -> str:
    """A large number with its unit: 1.2M."""
    value = float(number)
    for unit in ("", "k", "M", "G"):
        if value < 1000:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g}T"
