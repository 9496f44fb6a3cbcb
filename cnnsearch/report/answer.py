"""Findings -> the head of the page: the champion, its scores, size, latency, and the command to use it."""

from cnnsearch.bundle.metrics import Latency, Metrics
from cnnsearch.page import formatting
from cnnsearch.page.parts import Tile
from cnnsearch.report import objectives
from cnnsearch.report.findings import Findings
from cnnsearch.study.records import TrialState, count_states

STATE_WORDS = {
    TrialState.COMPLETE: "trained to the end",
    TrialState.PRUNED: "pruned",
    TrialState.INFEASIBLE: "infeasible",
    TrialState.FAILED: "failed",
    TrialState.RUNNING: "running or interrupted",
}


def lead(findings: Findings) -> str:
    """Return the result in one or two sentences."""
    champion, metrics = findings.champion, findings.metrics
    if champion is None:
        return "No trial has been trained to its end yet."
    seen = f"trial {champion.number} of {len(findings.records):,}"
    if metrics is None:
        return (
            f"The best trial so far is {seen}. There is no bundle yet, and the test split has not been read; "
            f"run `cnnsearch finish {findings.study.name}` to make the bundle."
        )
    network = f"{formatting.short(metrics.num_weights)} weights and {formatting.short(metrics.macs)} MACs"
    test, unit = metrics.test[metrics.main.name], metrics.main.unit
    result = findings.summary.task.report().result(test, metrics.test_examples)
    text = f"The champion is {seen}, a network with {network}. {result}"
    if test.interval:
        low, high = (formatting.measured(unit, end) for end in test.interval)
        text += f" (95 % interval {low} to {high})"
    readings = max(len(findings.ledger), 1)
    return f"{text}. The test split was read {'once' if readings == 1 else f'{readings} times'}."


def tiles(findings: Findings) -> tuple[Tile, ...]:
    """Return the main values of the result."""
    shown = [] if findings.metrics is None else _measured(findings.metrics)
    champion = findings.champion
    if findings.metrics is None and champion is not None:
        objective = findings.settings.objective
        value = objectives.shown(objective, champion.value)
        shown = [Tile(value, objectives.title(objective), "the best trial so far")]
        shown.append(Tile(formatting.short(champion.trial.counts.get("weights", 0)), "weights"))
    return (*shown, _effort(findings))


def _measured(metrics: Metrics) -> list[Tile]:
    main = metrics.main
    test = metrics.test[main.name]
    note = f"{metrics.test_examples:,} examples"
    if test.interval:
        low, high = (formatting.measured(main.unit, end) for end in test.interval)
        note = f"95 %: {low} to {high}"
    first = Tile(formatting.measured(main.unit, test.value), main.on("test").title, note)
    return [first, _validation(metrics), _size(metrics), _speed(metrics.champion.latency)]


def _validation(metrics: Metrics) -> Tile:
    main = metrics.main
    spread, title = metrics.champion.over_seeds(main.name), main.on("validation").title
    if spread is None:
        value = metrics.validation[main.name].value
        return Tile(formatting.measured(main.unit, value), title, "in the search")
    deviation = "" if spread.std is None else f" ± {formatting.measured(main.unit, spread.std)}"
    note = f"mean{deviation} over {formatting.plural(spread.n, 'seed')}, retrained"
    return Tile(formatting.measured(main.unit, spread.mean), title, note)


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
        f"{count:,} {STATE_WORDS[state]}" for state, count in count_states(findings.records).items() if count
    ]
    trials = formatting.plural(len(findings.records), "trial")
    return Tile(formatting.duration(findings.study.seconds), f"search of {trials}", ", ".join(counts))


def predict_command(findings: Findings) -> str:
    """Return the command that uses the champion; empty without a bundle."""
    return f"cnnsearch predict {findings.study.best} PICTURES" if findings.metrics is not None else ""
