"""How well the first epochs tell the ranking at the end, with batch normalization and without."""

from collections.abc import Callable, Sequence

from scipy.stats import spearmanr

from replay.table import Curve, Table

EPOCHS = (1, 2, 3, 5, 7, 10)
BEST_SHARE = 0.1
KEPT = 1 / 3

Figure = Callable[[Curve, int], float]
FIGURES: dict[str, Figure] = {
    "best accuracy so far": lambda curve, epoch: max(curve.validation_accuracy[:epoch]),
    "accuracy": lambda curve, epoch: curve.validation_accuracy[epoch - 1],
    "least loss so far": lambda curve, epoch: -min(curve.validation_loss[:epoch]),
}


def groups(table: Table) -> dict[str, list[Curve]]:
    """All trials, and apart."""
    whole = table.whole
    with_batch = [curve for curve in whole if curve.has_batch_normalization]
    without = [curve for curve in whole if not curve.has_batch_normalization]
    return {"all": whole, "batch normalization": with_batch, "no normalization": without}


def rank_table(table: Table) -> str:
    """Spearman's correlation with the value in the end, and how many of the best a rung would keep."""
    lines = [
        f"Spearman's rank correlation of a figure after some epochs with the best accuracy of all "
        f"{table.origin.epochs}; in brackets the share of the final best {BEST_SHARE:.0%} that are among the "
        f"best third of all trials by it.\n",
        f"| trials | figure | {' | '.join(map(str, EPOCHS))} |",
        f"| --- | --- |{' --- |' * len(EPOCHS)}",
    ]
    best = best_of(table.whole, lambda curve: curve.value, BEST_SHARE)
    for group, curves in groups(table).items():
        for name, figure in FIGURES.items():
            cells = [cell(table.whole, curves, best, figure, epoch) for epoch in EPOCHS]
            lines.append(f"| {group} ({len(curves)}) | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(whole: list[Curve], group: list[Curve], best: set[int], figure: Figure, epoch: int) -> str:
    """The correlation within a group, and the share of its best trials that a rung keeps."""
    values = [curve.value for curve in group]
    correlation = spearmanr([figure(curve, epoch) for curve in group], values).statistic
    kept = best_of(whole, lambda curve: figure(curve, epoch), KEPT)
    its_best = best & {curve.number for curve in group}
    share = f"{len(its_best & kept) / len(its_best):.0%}" if its_best else "-"
    return f"{correlation:.2f} ({share})"


def best_of(curves: Sequence[Curve], by: Callable[[Curve], float], share: float) -> set[int]:
    """The numbers of the best, equals of the last of them included."""
    values = sorted((by(curve) for curve in curves), reverse=True)
    least = values[max(1, round(len(values) * share)) - 1]
    return {curve.number for curve in curves if by(curve) >= least}
