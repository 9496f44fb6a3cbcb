"""The dataset of a study: loading with its settings, the display of decoding, and remarks on the data."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cnnsearch.data import DataArgument, Dataset, DatasetSummary, load_data
from cnnsearch.data.layout import describe_shape
from cnnsearch.data.reading import Tell
from cnnsearch.durations import duration
from cnnsearch.errors import SettingsError
from cnnsearch.study.settings import Settings
from cnnsearch.study.storage import DATASETS
from cnnsearch.verbosity import is_quiet

REDRAWN_EVERY = 32
"""Images between two updates of the progress bar."""
TOLD_AFTER = 2.0
"""Seconds of decoding above which a line reports it if there is no terminal."""
TOLD_EVERY = 10.0
"""Seconds between two lines that report its progress."""


def load_study_data(settings: Settings, data: DataArgument, runs: Path) -> Dataset:
    """Load the dataset of a study; images are decoded into files that the workers map into memory.

    Raises:
        DataError: The data cannot be read, or cannot be split by the settings.
        SettingsError: The runs folder cannot be written.
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
                value_range=settings.value_range,
                dims=settings.dims,
                channels=settings.channels,
                data_root=settings.data_root,
                follow_links=settings.follow_links,
                cache=runs / DATASETS,
                tell=tell,
            )
        except OSError as error:
            raise SettingsError(f"--runs {runs}: cannot be written: {error.strerror or error}") from None


@contextmanager
def decoding_shown() -> Iterator[Tell]:
    """Yield a callback for decoding: a progress bar on a terminal, otherwise lines if it takes long."""
    console = Console(stderr=True)
    console.quiet = is_quiet()
    if not console.is_terminal:
        yield from _as_lines(console)
        return
    columns = (TextColumn("Decoding pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, visible=False)

        def tell(done: int, total: int) -> None:
            if done % REDRAWN_EVERY == 0 or done == total:
                progress.update(task, completed=done, total=total, visible=True)

        yield tell


def _as_lines(console: Console) -> Iterator[Tell]:
    began = last = time.monotonic()
    counts = [0]

    def tell(done: int, total: int) -> None:
        nonlocal last
        counts[0] = total
        if done < total and time.monotonic() - last >= TOLD_EVERY:
            last = time.monotonic()
            console.print(f"data: read {done:,} of {total:,} pictures", highlight=False)

    yield tell
    seconds = time.monotonic() - began
    if counts[0] and seconds > TOLD_AFTER:
        console.print(f"decoded {counts[0]:,} pictures in {duration(seconds)}", highlight=False)


def remarks(summary: DatasetSummary) -> Iterator[str]:
    """Yield the lines about the data that a search prints before it begins."""
    kind, _, shape = describe_shape(summary.input_shape).partition(" ")
    values = f"values {summary.values.text} ({summary.values.reason})"
    examples = f"{summary.splits_text} {kind} of {summary.task.described} ({summary.task.type})"
    yield f"data: {examples}: {shape}, {values}"
    if summary.skipped:
        yield f"warning: skipped files that cannot be read as images: {summary.skipped}"
    if summary.duplicates_across_splits:
        hint = "; --group-duplicates keeps them within one split" if summary.channel_mode else ""
        yield (
            f"warning: {summary.duplicates_across_splits} of {summary.num_examples('test')} test examples "
            f"are also in train or validation, so the test score is too optimistic{hint}"
        )
