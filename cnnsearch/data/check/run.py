"""Dataset argument -> report."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cnnsearch.data.arrays import Parts, check_arrays
from cnnsearch.data.check.array_faults import without_faults
from cnnsearch.data.check.classes import count, find_in_classes, label_weights, trained_on
from cnnsearch.data.check.copies import find_copies
from cnnsearch.data.check.inventory import Inventory, inventory_from_arrays, inventory_from_scan
from cnnsearch.data.check.noise import find_noise
from cnnsearch.data.check.report import Finding, Report, SizeRange, worst_first
from cnnsearch.data.check.single import find_in_files
from cnnsearch.data.check.target_summary import summarize_targets
from cnnsearch.data.check.targets import find_in_targets
from cnnsearch.data.duplicates import groups
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.reading import Reading, Tell
from cnnsearch.data.remarks import Remark
from cnnsearch.data.scan import scan
from cnnsearch.data.sources import PictureSource, find_source, read_arrays
from cnnsearch.errors import DataError


@dataclass(frozen=True)
class Checked:
    """A report and the examples it is about, for pages with images."""

    report: Report
    inventory: Inventory


def check_data(
    argument: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
    cache: Path | None = None,
    tell: Tell | None = None,
) -> Checked:
    """Check a dataset; every example is read once, in parallel.

    Args:
        argument: A dataset argument, as of `load_data`.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`.
        task: Name of the task; by default inferred from the targets.
        reach: The places that folders and manifests may lead to.
        cache: The folder of the cache of file facts; by default the user's cache.
        tell: Progress callback, called with the number of examined examples and the total.

    Raises:
        DataError: The data does not exist or has no valid layout. Problems of single files are findings of
            the report.
    """
    reading = Reading(columns=columns or {}, task=task, reach=reach)
    inventory = _inventory(str(argument), reading, cache, tell)
    return Checked(_report(inventory, worst_first(_findings(inventory))), inventory)


def _inventory(place: str, reading: Reading, cache: Path | None, tell: Tell | None) -> Inventory:
    source = find_source(place)
    if isinstance(source, PictureSource):
        found = scan(
            place, columns=reading.columns, task=reading.task, reach=reading.reach, cache=cache, tell=tell
        )
        return inventory_from_scan(place, found)
    if reading.columns:
        raise DataError(f"{place}: columns apply to CSV manifests only; found arrays.")
    remarks = list[Remark]()

    def correct(xs: Parts, ys: Parts) -> Parts:
        corrected, found = without_faults(xs, ys, reading.task)
        remarks.extend(found)
        return corrected

    arrays = check_arrays(read_arrays(source, place), place, reading.task, correct=correct)
    return inventory_from_arrays(place, arrays, remarks, tell)


def _findings(inventory: Inventory) -> Iterator[Finding]:
    numbers = groups(inventory.files)
    yield from find_in_files(inventory)
    yield from find_in_classes(inventory)
    yield from find_in_targets(inventory)
    yield from find_copies(inventory, numbers)
    yield from find_noise(inventory, numbers)


def _report(inventory: Inventory, findings: tuple[Finding, ...]) -> Report:
    counts = count(inventory)
    readable = [file for file in inventory.files if not file.problem]
    return Report(
        data=inventory.place,
        origin=inventory.origin,
        examples=len(inventory.files),
        bytes=sum(file.size for file in inventory.files),
        task=inventory.task.type,
        targets=f"{inventory.task.described} ({inventory.task.type})",
        labels=inventory.labels,
        counts=counts,
        widths=_spread(file.width for file in readable if file.width),
        heights=_spread(file.height for file in readable if file.height),
        modes=_commonest(file.mode for file in readable),
        formats=_commonest(file.format for file in readable),
        class_weights={
            label: round(weight, 4)
            for label, weight in label_weights(trained_on(counts)).items()
            if inventory.labels
        },
        target_summary=summarize_targets(inventory, inventory.contents) if inventory.contents else None,
        findings=findings,
    )


def _spread(values: Iterable[int]) -> SizeRange | None:
    sizes = sorted(values)
    return SizeRange(least=sizes[0], median=median(sizes), greatest=sizes[-1]) if sizes else None


def _commonest(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
