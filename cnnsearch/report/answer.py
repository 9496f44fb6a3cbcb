"""Findings -> the page's beginning: which network, how good, how large, how fast, how to use it."""

from cnnsearch.bundle.metrics import Latency, Metrics
from cnnsearch.report import formatting
from cnnsearch.report.findings import Findings
from cnnsearch.report.parts import Tile
from cnnsearch.study.records import TrialState
from cnnsearch.tasks.classification.metrics import ACCURACY

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
    test = metrics.test[ACCURACY.name]
    right = round(test.value * metrics.test_examples)
    told = f"The champion is {seen}, a network of {network}. "
    told += f"It names {right:,} of {metrics.test_examples:,} test examples correctly"
    if test.interval:
        low, high = test.interval
        told += f" (95 % interval {formatting.percent(low)} to {formatting.percent(high)})"
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
    test = metrics.test[ACCURACY.name]
    note = f"{metrics.test_examples:,} examples"
    if test.interval:
        low, high = test.interval
        note = f"95 %: {formatting.percent(low, 1)} to {formatting.percent(high, 1)}"
    first = Tile(formatting.percent(test.value), "test accuracy", note)
    return [first, _validation(metrics), _size(metrics), _speed(metrics.champion.latency)]


def _validation(metrics: Metrics) -> Tile:
    spread = metrics.champion.over_seeds(ACCURACY.name)
    if spread is None:
        value = metrics.validation[ACCURACY.name].value
        return Tile(formatting.percent(value), "validation accuracy", "as searched")
    deviation = f" ± {100 * spread.std:.2f}" if spread.std is not None else ""
    note = f"mean{deviation} over {formatting.plural(spread.n, 'seed')}, trained again"
    return Tile(formatting.percent(spread.mean), "validation accuracy", note)


def _size(metrics: Metrics) -> Tile:
    note = f"{formatting.short(metrics.macs)} MACs, file {formatting.size(metrics.champion.file_size)}"
    return Tile(formatting.short(metrics.num_weights), "weights", note)


def _speed(latency: Latency) -> Tile:
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
