"""The display of a running search: a live table on a terminal or in a notebook, otherwise plain lines."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cnnsearch.search.budget import progress_by_rung
from cnnsearch.search.finish_plan import most_epochs
from cnnsearch.search.under_way import PeriodicLines, UnderWay, clock
from cnnsearch.study.events import FinalistChanged, Happening, Note, PlanMade, Tick, TrialChanged, Watcher
from cnnsearch.study.finalists import Retraining
from cnnsearch.study.folder import Study
from cnnsearch.study.log import finalist_line, line
from cnnsearch.study.objectives import brief_value
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import TrialRecord, TrialState, best_first, counted, states_text
from cnnsearch.verbosity import is_quiet

BEST_SHOWN = 5
NOTEBOOK_WIDTH = 110
"""Columns of the view in a notebook, which has no fixed width."""
NOTEBOOK_PAUSE = 0.5
"""The least number of seconds between two updates of a notebook's cell."""
FIGURES_WIDTH, PARAM_WIDTH = 52, 14
"""Approximate columns of a terminal for a trial's scores, and for each of its sampled values."""


@contextmanager
def shown(study: Study) -> Iterator[Watcher]:
    """Yield a watcher that displays a running search, or one that displays nothing if output is quiet."""
    console = Console()
    if is_quiet():
        yield lambda happening: None
    elif console.is_jupyter:
        cell = NotebookView(study)
        yield cell
        cell.show()
    elif console.is_terminal:
        view = LiveView(study, console)
        with Live(console=console, get_renderable=view.render, refresh_per_second=4, transient=False):
            yield view
    else:
        yield PlainLines(study, console)


class PlainLines:
    """One line for each trained trial and each note, and at least one every 30 s of training; no colors, no
    cursor movements.

    Args:
        study: The study that is searched.
        console: The console for the output.
        now: The clock, in seconds.
    """

    def __init__(self, study: Study, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._periodic = PeriodicLines(study.settings, self._print, now)
        self._infeasible: list[TrialRecord] = []

    def __call__(self, happening: Happening) -> None:
        self._periodic(happening)
        match happening:
            case Tick():
                pass
            case TrialChanged(record) if record.state == TrialState.INFEASIBLE:
                self._infeasible.append(record)
            case TrialChanged(record) if record.result is None:
                pass
            case FinalistChanged(retraining) if retraining.result is None:
                pass
            case _:
                self._print(line(happening))

    def _print(self, text: str) -> None:
        """Print a line, preceded by a summary of the infeasible candidates since the last one."""
        infeasible, self._infeasible = self._infeasible, []
        if infeasible:
            self._print(_infeasible_line(infeasible))
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class LiveView:
    """The best trials, the running ones, and the spent share of the budget.

    Args:
        study: The study that is searched.
        console: The console; its width limits the number of sampled values.
    """

    def __init__(self, study: Study, console: Console) -> None:
        self._study = study
        self._console = console
        self._settings = study.settings
        self._records = {record.number: record for record in study.records()}
        self._retrainings: dict[int, Retraining] = {}
        self._notes: list[str] = []
        running = (record for record in self._records.values() if record.state == TrialState.RUNNING)
        self._under_way = UnderWay(self._settings, running)
        self._plan: Plan | None = None
        self._begun = time.monotonic() - study.seconds

    def __call__(self, happening: Happening) -> None:
        self._under_way(happening)
        if isinstance(happening, TrialChanged):
            self._records[happening.record.number] = happening.record
        elif isinstance(happening, PlanMade):
            self._plan = happening.plan
        elif isinstance(happening, FinalistChanged):
            self._retrainings[happening.retraining.begun.seed] = happening.retraining
        elif isinstance(happening, Note):
            self._notes = [*self._notes[-2:], happening.text]

    def render(self) -> RenderableType:
        """Return the current view."""
        parts: list[RenderableType] = [self._head(), self._best(), *map(_one_line, self._under_way.lines)]
        parts += [Text(note, style="yellow") for note in self._notes]
        done = (retraining for retraining in self._retrainings.values() if retraining.result is not None)
        parts += [_one_line(finalist_line(retraining)) for retraining in done]
        return Group(*parts)

    def _head(self) -> RenderableType:
        done = counted(self._records.values())
        seconds = time.monotonic() - self._begun
        share = self._share(done, seconds)
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
        lines = [states_text(self._records.values())]
        if self._plan is not None:
            lines.append(progress_by_rung(self._plan, self._records.values()))
        return Group(grid, *(Text(line, style="dim") for line in lines))

    def _share(self, done: int, seconds: float) -> float:
        """Return the spent share of the budget; a running trial counts by its epochs."""
        lengths = ((len(record.curve), most_epochs(record, self._settings)) for record in self._running())
        begun = sum(done / epochs for done, epochs in lengths) / self._settings.folds
        return max(
            (done + begun) / self._settings.trials if self._settings.trials else 0.0,
            seconds / self._settings.timeout if self._settings.timeout else 0.0,
        )

    def _running(self) -> list[TrialRecord]:
        return [record for record in self._records.values() if record.state == TrialState.RUNNING]

    def _best(self) -> Table:
        ranking = best_first(self._records.values(), self._settings.direction)[:BEST_SHOWN]
        names = told_apart(ranking)[: max(0, (self._console.width - FIGURES_WIDTH) // PARAM_WIDTH)]
        table = Table(header_style="bold")
        for column in ("trial", self._settings.objective, "weights", "MACs", *names):
            table.add_column(column.replace(".", "\n"), justify="right", vertical="bottom")
        for record in ranking:
            counts = record.trial.counts
            figures = [
                "" if record.value is None else brief_value(record.value),
                f"{counts.get('weights', 0):,}",
                brief_count(counts.get("macs", 0)),
            ]
            params = [brief(record.params.get(name, "")) for name in names]
            table.add_row(str(record.number), *figures, *params)
        return table


class NotebookView:
    """The live view as one output of a notebook's cell, updated in place; needs no widgets.

    Args:
        study: The study that is searched.
    """

    def __init__(self, study: Study) -> None:
        from IPython.display import DisplayHandle  # installed wherever there is a notebook

        self._console = Console(file=StringIO(), record=True, width=NOTEBOOK_WIDTH, force_jupyter=False)
        self._view = LiveView(study, self._console)
        self._cell = DisplayHandle()  # type: ignore[no-untyped-call]
        self._cell.display(self._html())  # type: ignore[no-untyped-call]
        self._shown = time.monotonic()

    def __call__(self, happening: Happening) -> None:
        self._view(happening)
        if time.monotonic() - self._shown >= NOTEBOOK_PAUSE:
            self.show()

    def show(self) -> None:
        """Update the output."""
        self._cell.update(self._html())  # type: ignore[no-untyped-call]
        self._shown = time.monotonic()

    def _html(self) -> Any:
        from IPython.display import HTML

        self._console.print(self._view.render())
        page = self._console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
        return HTML(page)  # type: ignore[no-untyped-call]


def _infeasible_line(records: list[TrialRecord]) -> str:
    if len(records) == 1:
        return line(TrialChanged(records[0]))
    limits = Counter(record.result.limit for record in records if record.result is not None)
    counts = ", ".join(f"{limit} ({count})" for limit, count in limits.most_common())
    return f"{len(records)} candidates infeasible, by limit: {counts}"


def told_apart(records: list[TrialRecord]) -> list[str]:
    """Return the names of the sampled values in which trials differ; for a single trial, all of them."""
    names = dict.fromkeys(name for record in records for name in record.params)
    differing = [n for n in names if len({record.params.get(n) for record in records}) > 1]
    return differing or list(names)


def _one_line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def brief(value: Any) -> str:
    """Format a sampled value, numbers with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def brief_count(number: int) -> str:
    """Format a large number with a unit prefix: 1.2M."""
    value = float(number)
    for unit in ("", "k", "M", "G"):
        if value < 1000:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g}T"
