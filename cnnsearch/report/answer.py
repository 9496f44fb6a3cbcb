"""Findings -> the page's beginning: which network, how good, how large, how fast, how to use it."""

from cnnsearch.bundle.metrics import Finalist, Metrics
from cnnsearch.report import formatting
from cnnsearch.report.findings import Findings
from cnnsearch.report.parts import Tile
from cnnsearch.study.records import TrialState

STATE_WORDS = {
    TrialState.COMPLETE: "trained to the end",
    TrialState.PRUNED: "pruned",
    TrialState.INFEASIBLE: "infeasible",
    TrialState.FAILED: "failed",
    TrialState.RUNNING: "running or interrupted",
}


def lead(findings: Findings) -> str:
    """The result in a sentence or two."""
    champion, metrics = findings.champion, findings.metrics
    if champion is None:
        return "No trial has been trained to its end yet."
    seen = f"trial {champion.number} of {len(findings.records):,}"
    if metrics is None:
        return (
            f"The search leads with {seen}. It has no bundle yet, so the test split is unread: "
            f"`cnnsearch finish {findings.study.name}` makes one."
        )
    network = f"{formatting.short(metrics.num_weights)} weights and {formatting.short(metrics.macs)} MACs"
    right = round(metrics.test_accuracy * metrics.test_examples)
    told = f"The champion is {seen}, a network of {network}. "
    told += f"It names {right:,} of {metrics.test_examples:,} test examples correctly"
    interval = metrics.best.test.interval if metrics.best and metrics.best.test else None
    if interval:
        told += f" (95 % interval {formatting.percent(interval[0])} to {formatting.percent(interval[1])})"
    readings = max(len(findings.ledger), 1)
    return f"{told}. The test split was read {'once' if readings == 1 else f'{readings} times'}."


def tiles(findings: Findings) -> tuple[Tile, ...]:
    """The figures of the answer."""
    found = [] if findings.metrics is None else _measured(findings.metrics)
    champion = findings.champion
    if findings.metrics is None and champion is not None:
        objective = findings.settings.objective
        value = formatting.objective(objective, champion.value)
        found = [Tile(value, formatting.title(objective), "the best trial so far")]
        found.append(Tile(formatting.short(champion.trial.counts.get("weights", 0)), "weights"))
    return (*found, _effort(findings))


def _measured(metrics: Metrics) -> list[Tile]:
    best = metrics.best
    tested = best.test.interval if best and best.test else None
    interval = (
        f"95 %: {formatting.percent(tested[0], 1)} to {formatting.percent(tested[1], 1)}" if tested else ""
    )
    note = interval or f"{metrics.test_examples:,} examples"
    size, fast = _size(metrics, best), _speed(best)
    validation = _validation(metrics, best)
    first = Tile(formatting.percent(metrics.test_accuracy), "test accuracy", note)
    return [first, validation, size, *([fast] if fast else [])]


def _validation(metrics: Metrics, best: Finalist | None) -> Tile:
    spread = best.retrained.validation_accuracy if best and best.retrained else None
    if spread is None or not spread.n:
        return Tile(formatting.percent(metrics.validation_accuracy), "validation accuracy", "as searched")
    deviation = f" ± {100 * spread.std:.2f}" if spread.std is not None and spread.n > 1 else ""
    note = f"mean{deviation} over {formatting.plural(spread.n, 'seed')}, trained again"
    return Tile(formatting.percent(spread.mean), "validation accuracy", note)


def _size(metrics: Metrics, best: Finalist | None) -> Tile:
    file = best.file_size if best else None
    note = f"{formatting.short(metrics.macs)} MACs" + (f", file {formatting.size(file)}" if file else "")
    return Tile(formatting.short(metrics.num_weights), "weights", note)


def _speed(best: Finalist | None) -> Tile | None:
    if best is None or best.latency is None:
        return None
    latency = best.latency
    of = "an example" if latency.batch == 1 else f"a batch of {latency.batch}"
    return Tile(
        formatting.duration(latency.median),
        f"latency of {of}",
        f"95th percentile {formatting.duration(latency.p95)}",
    )


def _effort(findings: Findings) -> Tile:
    counts = [
        f"{count:,} {STATE_WORDS[state]}"
        for state in TrialState
        if (count := sum(record.state == state for record in findings.records))
    ]
    trials = formatting.plural(len(findings.records), "trial")
    return Tile(formatting.duration(findings.study.seconds), f"search of {trials}", ", ".join(counts))


def predict_command(findings: Findings) -> str:
    """How to use the champion; empty where there is none."""
    return f"cnnsearch predict {findings.study.best} PICTURES" if findings.metrics is not None else ""
