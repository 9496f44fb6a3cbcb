"""What is found in the counts of the classes alone."""

from collections import Counter
from collections.abc import Iterator, Mapping

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SHOWN, Finding, Occurrence
from cnnsearch.data.splits import PARTS

WHOLE = "all"
"""What the one part of undivided data is called."""
_LEAST = 5  # examples of a class that a split into three parts needs
_LOPSIDED = 3.0  # the largest class over the smallest, from which the weights are offered
_NAMED = 10  # classes that a message names


def count(inventory: Inventory) -> dict[str, dict[str, int]]:
    """How many examples of each label can be read, in each part."""
    found = Counter((file.part or WHOLE, file.label) for file in inventory.files if not file.problem)
    parts = [part for part in PARTS if part in inventory.parts] or [WHOLE]
    return {part: {label: found[part, label] for label in inventory.labels} for part in parts}


def label_weights(counts: Mapping[str, int]) -> dict[str, float]:
    """Return the weights of `training.class_weights.balanced_weights` by label, for classes with examples."""
    present = {label: number for label, number in counts.items() if number}
    total = sum(present.values())
    return {label: total / (len(present) * number) for label, number in present.items()}


def trained_on(counts: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """The counts of train; of undivided data, of all."""
    return next(iter(counts.values()))


def find_in_classes(inventory: Inventory) -> Iterator[Finding]:
    """Classes that are empty, alone, small, or much larger than others."""
    counts = count(inventory)
    if inventory.empty:
        yield _empty(inventory)
    if len(inventory.labels) == 1:
        yield Finding(
            kind="one_class",
            severity="error",
            count=1,
            message=f"one class only ({inventory.labels[0]}); a search needs at least two.",
        )
    yield from _few(counts)
    yield from _imbalance(trained_on(counts))


def _empty(inventory: Inventory) -> Finding:
    return Finding(
        kind="empty_class",
        severity="warning",
        count=len(inventory.empty),
        message=f"{_number(len(inventory.empty), 'class folder')} without a picture, left out: "
        f"{_named(inventory.empty)}.",
        examples=tuple(Occurrence(files=(name,)) for name in inventory.empty[:SHOWN]),
    )


def _few(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    whole = Counter[str]()
    for part in counts.values():
        whole.update(part)
    small = [label for label, number in whole.items() if number < _LEAST]
    if small:
        told = _named([f"{label} ({whole[label]})" for label in small])
        yield Finding(
            kind="few_examples",
            severity="warning",
            count=len(small),
            message=f"{_number(len(small), 'class', 'classes')} with fewer than {_LEAST} readable examples: "
            f"{told}. A split into train, validation and test needs {_LEAST} of each class.",
        )


def _imbalance(counts: Mapping[str, int]) -> Iterator[Finding]:
    weights = label_weights(counts)
    if not weights:
        return
    rarest, commonest = max(weights, key=weights.__getitem__), min(weights, key=weights.__getitem__)
    ratio = counts[commonest] / counts[rarest]
    if ratio >= _LOPSIDED:
        yield Finding(
            kind="imbalance",
            severity="warning",
            count=len(weights),
            message=f"the largest class ({commonest}, {counts[commonest]}) is {ratio:.1f} times the smallest "
            f"({rarest}, {counts[rarest]}); --class-weights balanced would give them the weights "
            f"{weights[commonest]:.2f} and {weights[rarest]:.2f}.",
        )


def _named(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _number(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
