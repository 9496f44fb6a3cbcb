"""The dataset of a study: read as its settings say, decoded in sight; and what is remarkable about it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cnnsearch.data import Dataset, DatasetSummary, load_data
from cnnsearch.data.reading import Tell
from cnnsearch.durations import duration
from cnnsearch.errors import SettingsError
from cnnsearch.study.settings import Settings
from cnnsearch.verbosity import is_quiet

STORE = ".data"
"""The folder of all stored datasets, beside the studies."""
REDRAWN_EVERY = 32
"""Pictures between two updates of the progress bar."""
TOLD_AFTER = 2.0
"""Seconds of decoding above which a line says so where there is no terminal."""


def load_study_data(settings: Settings, data: str | Path | Dataset, runs: Path) -> Dataset:
    """Loads the dataset that a study is about; pictures are decoded to where the workers map them.

    Raises:
        DataError: The data cannot be read or split as the settings say.
        SettingsError: The folder of studies cannot be written.
    """
    with decoding_shown() as tell:
        try:
            return load_data(
                data,
                image_size=settings.image_size,
                seed=settings.seed,
                on_bad=settings.on_bad,
                split_by=settings.split_by,
                group=settings.group,
                columns=settings.columns,
                group_duplicates=settings.group_duplicates,
                task=settings.task,
                cache=runs / STORE,
                tell=tell,
            )
        except OSError as error:
            raise SettingsError(f"--runs {runs}: cannot be written: {error.strerror or error}") from None


@contextmanager
def decoding_shown() -> Iterator[Tell]:
    """What to tell of decoding: a progress bar on a terminal, else one line if it took a while."""
    console = Console()
    console.quiet = is_quiet()
    if not console.is_terminal:
        yield from _as_line(console)
        return
    columns = (TextColumn("Decoding pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, visible=False)

        def tell(done: int, total: int) -> None:
            if done % REDRAWN_EVERY == 0 or done == total:
                progress.update(task, completed=done, total=total, visible=True)

        yield tell


def _as_line(console: Console) -> Iterator[Tell]:
    began, counts = time.monotonic(), [0]

    def tell(_: int, total: int) -> None:
        counts[0] = total

    yield tell
    seconds = time.monotonic() - began
    if counts[0] and seconds > TOLD_AFTER:
        console.print(f"decoded {counts[0]:,} pictures in {duration(seconds)}", highlight=False)


def _form(summary: DatasetSummary) -> str:
    height, width = summary.input_shape[:2]
    return f", {'grey' if summary.channel_mode == 'L' else 'RGB'}, {height} x {width}"


def remarks(summary: DatasetSummary) -> Iterator[str]:
    """Yield what a search prints about its data before it begins."""
    counts = {part: summary.num_examples(part) for part in summary.examples}
    shares = ", ".join(f"{count:,} {part}" for part, count in counts.items())
    noun, form = ("pictures", _form(summary)) if summary.channel_mode else ("examples", "")
    yield f"data: {shares} {noun} of {summary.task.described} ({summary.task.type}){form}"
    if summary.skipped:
        yield f"warning: left out, since they cannot be read as pictures: {summary.skipped} files"
    if summary.duplicates_across_splits:
        hint = " (--group-duplicates keeps them on one side)" if summary.channel_mode else ""
        yield (
            f"warning: {summary.duplicates_across_splits} of {counts['test']} test examples are in train or "
            f"validation too, so the test figure will flatter{hint}"
        )
