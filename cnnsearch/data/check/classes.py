"""Findings in the numbers of examples per class."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SHOWN, Finding, Occurrence
from cnnsearch.data.splits import PARTS
from cnnsearch.tasks.classification.balance import balanced_weights

WHOLE = "all"
"""Name of the single part of a dataset without a given split."""
EXAMPLES = "examples"
"""The one count of a part if targets are not classes."""
_LEAST = 5  # examples per class required for a split into three parts
_IMBALANCE = 3.0  # minimum ratio of the largest to the smallest class that is reported
_NAMED = 10  # classes listed in a message


def count(inventory: Inventory) -> dict[str, dict[str, int]]:
    """Return the number of readable examples of each label, or of all without classes, in each part."""
    readable = [file for file in inventory.files if not file.problem]
    parts = [part for part in PARTS if part in inventory.parts] or [WHOLE]
    if not inventory.labels:
        sizes = Counter(file.part or WHOLE for file in readable)
        return {part: {EXAMPLES: sizes[part]} for part in parts}
    counts = Counter((file.part or WHOLE, file.label) for file in readable)
    return {part: {label: counts[part, label] for label in inventory.labels} for part in parts}


def label_weights(counts: Mapping[str, int]) -> dict[str, float]:
    """Return the weights of `--class-weights balanced` by label, for classes with examples."""
    weights = balanced_weights(np.array(list(counts.values()))).tolist()
    return {label: weight for label, weight in zip(counts, weights, strict=True) if weight}


def trained_on(counts: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """Return the counts of train, or of all examples if there is no given split."""
    return next(iter(counts.values()))


def find_in_classes(inventory: Inventory) -> Iterator[Finding]:
    """Yield findings about empty and small classes, imbalance, and a dataset with one class."""
    counts = count(inventory)
    if inventory.empty:
        yield _empty(inventory)
    if len(inventory.labels) == 1:
        yield Finding(
            kind="one_class",
            severity="error",
            count=1,
            message=f"found one class ({inventory.labels[0]}); a search needs at least two.",
        )
    if inventory.labels:
        yield from _few(counts)
        yield from _imbalance(trained_on(counts))


def _empty(inventory: Inventory) -> Finding:
    return Finding(
        kind="empty_class",
        severity="warning",
        count=len(inventory.empty),
        message=f"{_number(len(inventory.empty), 'class folder')} without images, skipped: "
        f"{_named(inventory.empty)}.",
        examples=tuple(Occurrence(files=(name,)) for name in inventory.empty[:SHOWN]),
    )


def _few(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    totals = Counter[str]()
    for part in counts.values():
        totals.update(part)
    small = [label for label, number in totals.items() if number < _LEAST]
    if small:
        names = _named([f"{label} ({totals[label]})" for label in small])
        yield Finding(
            kind="few_examples",
            severity="warning",
            count=len(small),
            message=f"{_number(len(small), 'class', 'classes')} with fewer than {_LEAST} readable examples: "
            f"{names}. A split into train, validation and test needs {_LEAST} of each class.",
        )


def _imbalance(counts: Mapping[str, int]) -> Iterator[Finding]:
    weights = label_weights(counts)
    if not weights:
        return
    rarest, commonest = max(weights, key=weights.__getitem__), min(weights, key=weights.__getitem__)
    ratio = counts[commonest] / counts[rarest]
    if ratio >= _IMBALANCE:
        yield Finding(
            kind="imbalance",
            severity="warning",
            count=len(weights),
            message=f"the largest class ({commonest}, {counts[commonest]}) is {ratio:.1f} times the smallest "
            f"({rarest}, {counts[rarest]}); with --class-weights balanced their weights are "
            f"{weights[commonest]:.2f} and {weights[rarest]:.2f}.",
        )


def _named(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _number(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
